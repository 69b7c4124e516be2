-- Rotates over requests from a file, each from another network: some pages are limited by network. A line is: path, tab,
-- then headers as Name=value parted by tabs.
local requests, n = {}, 0

function init(args)
   for line in io.lines(args[1]) do
      local fields = {}
      for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
      local headers = {["Host"] = "localhost"}
      for i = 2, #fields do
         local name, value = fields[i]:match("^([^=]+)=(.*)$")
         if name then headers[name] = value end
      end
      requests[#requests + 1] = {path = fields[1], headers = headers}
   end
   math.randomseed(os.time() + tonumber(args[2]))
end

function request()
   n = n % #requests + 1
   local from = string.format("10.%d.%d.%d", math.random(0, 255), math.random(0, 255), math.random(1, 254))
   requests[n].headers["X-Forwarded-For"] = from
   return wrk.format("GET", requests[n].path, requests[n].headers)
end
