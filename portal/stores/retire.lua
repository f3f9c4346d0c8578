-- Folds a finished writer's ledger at one site into the writer ''. Repeating it changes nothing.
-- KEYS[1] the writers' hash; ARGV[1] writer
local row = redis.call('HGET', KEYS[1], ARGV[1])
if not row then return 0 end
local _, counted, rejected = string.match(row, '^(%d+) (%d+) (%d+)$')
local old = redis.call('HGET', KEYS[1], '')
if old then
  local _, a, b = string.match(old, '^(%d+) (%d+) (%d+)$')
  counted, rejected = counted + a, rejected + b
end
redis.call('HSET', KEYS[1], '', string.format('0 %.0f %.0f', counted, rejected))
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
