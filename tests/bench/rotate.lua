-- Rotates over requests from a file. A line is: path, tab, then headers as Name=value parted by tabs.
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
      requests[#requests + 1] = wrk.format("GET", fields[1], headers)
   end
end

function request()
   n = n % #requests + 1
   return requests[n]
end
