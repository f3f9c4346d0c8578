-- Makes the given keys of one site hold what is given, and removes the others. Atomic.
-- KEYS[1..ARGV[1]] are to hold something, the rest is to go
-- ARGV[2] seconds to remember nonces, then per key to hold: its kind (hash, set or days), and a JSON list
local holding, time = tonumber(ARGV[1]), redis.call('TIME')
for i, key in ipairs(KEYS) do
  redis.call('DEL', key)
  if i <= holding then
    local kind, values = ARGV[2 * i + 1], cjson.decode(ARGV[2 * i + 2])
    for n, day in ipairs(kind == 'days' and values or {}) do
      redis.call('ZADD', key, string.format('%.0f', time[1] * 1000000 + time[2] + n), day)
    end
    for first = 1, kind == 'days' and 0 or #values, 100 do
      redis.call(kind == 'set' and 'SADD' or 'HSET', key,
        unpack(values, first, math.min(first + 99, #values)))
    end
    if string.find(key, '}:n:', 1, true) then redis.call('EXPIRE', key, ARGV[2]) end
  end
end
return holding
