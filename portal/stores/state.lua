-- Answers everything of one site, as of one moment: its writers, then what the other keys hold.
-- KEYS[1] the writers' hash, KEYS[2] the days, then the counters and nonce sets to read
-- ARGV[1] how many days the caller knows: when there are more by now, the answer is nil, and the
-- caller asks again with their keys, so that no counter is left out that a watermark is ahead of.
if redis.call('ZCARD', KEYS[2]) ~= tonumber(ARGV[1]) then return false end
local found = {redis.call('HGETALL', KEYS[1])}
for i = 3, #KEYS do
  local nonces = redis.call('TYPE', KEYS[i]).ok == 'set'
  found[i - 1] = redis.call(nonces and 'SMEMBERS' or 'HGETALL', KEYS[i])
end
return found
