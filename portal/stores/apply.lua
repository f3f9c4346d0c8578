-- Counts one writer's records of one site, each exactly once. Effects are atomic.
-- KEYS[1] the writers' hash; KEYS[2] the days by their stamps; KEYS[3..] the counters and nonce sets that
-- the records name by index
-- ARGV[1] writer, ARGV[2] seconds to remember a nonce, ARGV[3] the last sequence that the writer
-- knows to be applied here, then six per record:
--   sequence, index of its counters, field, index of its nonce set (0: none), member, field if known
-- An error half way would leave half a batch: a script is never rolled back. So look first.
for i, key in ipairs(KEYS) do
  local type = redis.call('TYPE', key).ok
  local wanted = i == 2 and 'zset' or string.find(key, '}:n:', 1, true) and 'set' or 'hash'
  if type ~= 'none' and type ~= wanted then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. type)
  end
end
local seen, counted, rejected = 0, 0, 0
local row = redis.call('HGET', KEYS[1], ARGV[1])
if row then
  local a, b, c = string.match(row, '^(%d+) (%d+) (%d+)')
  seen, counted, rejected = tonumber(a), tonumber(b), tonumber(c)
end
-- Once acknowledged, and not here: forgotten. Going on would leave a hole that nobody could fill.
if seen < tonumber(ARGV[3]) then return {seen} end
local last, new, refused, known = seen, 0, 0, 0
local sums, touched = {}, {}
for i = 4, #ARGV, 6 do
  local seq = tonumber(ARGV[i])
  if seq <= seen then
    known = known + 1
  else
    local field, set = ARGV[i + 2], tonumber(ARGV[i + 3])
    if set > 0 then
      touched[KEYS[set]] = true
      if redis.call('SADD', KEYS[set], ARGV[i + 4]) == 0 then field = ARGV[i + 5] end
    end
    if string.find(field, '|rejected:', 1, true) then refused = refused + 1 else new = new + 1 end
    local key = KEYS[tonumber(ARGV[i + 1])]
    sums[key] = sums[key] or {}
    sums[key][field] = (sums[key][field] or 0) + 1
    last = seq
  end
end
-- Microseconds, but always later than the site's last: clocks go back, and masters change.
local time, latest = redis.call('TIME'), redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local stamp = math.max(time[1] * 1000000 + time[2], tonumber(latest[2] or 0) + 1)
for key, fields in pairs(sums) do
  redis.call('ZADD', KEYS[2], string.format('%.0f', stamp), string.sub(key, -8))
  for field, n in pairs(fields) do redis.call('HINCRBY', key, field, n) end
end
for key in pairs(touched) do redis.call('EXPIRE', key, ARGV[2]) end
if last > seen then
  redis.call('HSET', KEYS[1], ARGV[1],
    string.format('%.0f %.0f %.0f', last, counted + new, rejected + refused))
elseif row then
  -- The same again: a batch is repeated because its replicas had not confirmed it, and WAIT may
  -- wait for nothing where nothing was written.
  redis.call('HSET', KEYS[1], ARGV[1], row)
end
return {new, refused, known}
