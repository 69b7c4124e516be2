-- Posts a form over and over, each time with a new key and from another network. The file holds: path, cookie, body.
local path, cookie, body

function init(args)
   local lines = {}
   for line in io.lines(args[1]) do lines[#lines + 1] = line end
   path, cookie, body = lines[1], lines[2], lines[3]
   math.randomseed(os.time() + tonumber(args[2]))
end

local function key()
   local hex = {}
   for i = 1, 8 do hex[i] = string.format("%04x", math.random(0, 65535)) end
   return hex[1] .. hex[2] .. "-" .. hex[3] .. "-4" .. hex[4]:sub(2) .. "-8" .. hex[5]:sub(2) .. "-" .. hex[6] .. hex[7] .. hex[8]
end

function request()
   local from = string.format("10.%d.%d.%d", math.random(0, 255), math.random(0, 255), math.random(1, 254))
   return wrk.format("POST", path, {
      ["Host"] = "localhost", ["Cookie"] = cookie, ["X-Forwarded-For"] = from,
      ["Content-Type"] = "application/x-www-form-urlencoded",
   }, body .. "&submission=" .. key())
end
