-- Adds up the hours of one site's day; answers how many counters of hours went. Atomic.
-- KEYS[1] the day's counters, KEYS[2] the site's days by their stamps
local row, gone = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #row, 2 do
  local rest = string.match(row[i], '^%d%d(|.*)$')
  if rest then
    redis.call('HINCRBY', KEYS[1], rest, row[i + 1])
    redis.call('HDEL', KEYS[1], row[i])
    gone = gone + 1
  end
end
if gone > 0 then
  local time, latest = redis.call('TIME'), redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  local stamp = math.max(time[1] * 1000000 + time[2], tonumber(latest[2] or 0) + 1)
  redis.call('ZADD', KEYS[2], string.format('%.0f', stamp), string.sub(KEYS[1], -8))
end
return gone
