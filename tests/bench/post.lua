-- Posts forms from a file in turn, each time with a new key, from another network, and with another end of the text.
-- A line is: path, cookie, body by tabs; the body ends with the text.
local forms, n = {}, 0

function init(args)
   for line in io.lines(args[1]) do
      local path, cookie, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
      forms[#forms + 1] = {path = path, cookie = cookie, body = body}
   end
   math.randomseed(os.time() + tonumber(args[2]))
end

local function key()
   local hex = {}
   for i = 1, 8 do hex[i] = string.format("%04x", math.random(0, 65535)) end
   return hex[1] .. hex[2] .. "-" .. hex[3] .. "-4" .. hex[4]:sub(2) .. "-8" .. hex[5]:sub(2) .. "-" .. hex[6] .. hex[7] .. hex[8]
end

function request()
   local from = string.format("10.%d.%d.%d", math.random(0, 255), math.random(0, 255), math.random(1, 254))
   n = n % #forms + 1
   return wrk.format("POST", forms[n].path, {
      ["Host"] = "localhost", ["Cookie"] = forms[n].cookie, ["X-Forwarded-For"] = from,
      ["Content-Type"] = "application/x-www-form-urlencoded",
   }, forms[n].body .. "+" .. key() .. "&submission=" .. key())
end
