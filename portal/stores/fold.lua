-- Adds up the hours of one site's day; answers how many counters of hours went. Atomic.
-- KEYS[1] the day's counters
local row, gone = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #row, 2 do
  local rest = string.match(row[i], '^%d%d(|.*)$')
  if rest then
    redis.call('HINCRBY', KEYS[1], rest, row[i + 1])
    redis.call('HDEL', KEYS[1], row[i])
    gone = gone + 1
  end
end
return gone
