-- Folds a finished writer's ledger at one site into its node's. Repeating it changes nothing.
-- What stays is the writer's watermark, for a while: a batch that was under way when its process
-- died may still arrive, and must find that it was counted. Rows whose time is over go.
-- KEYS[1] the writers' hash; ARGV: writer, node, seconds to keep the watermark
local now = tonumber(redis.call('TIME')[1])
local rows = redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  local over = string.match(rows[i + 1], '^%d+ 0 0 (%d+)$')
  if over and tonumber(over) < now then redis.call('HDEL', KEYS[1], rows[i]) end
end
local row = redis.call('HGET', KEYS[1], ARGV[1])
local seen, counted, rejected = string.match(row or '', '^(%d+) (%d+) (%d+)$')
if not seen then return 0 end
local old = redis.call('HGET', KEYS[1], ARGV[2])
if old then
  local _, a, b = string.match(old, '^(%d+) (%d+) (%d+)$')
  counted, rejected = counted + a, rejected + b
end
redis.call('HSET', KEYS[1], ARGV[2], string.format('0 %.0f %.0f', counted, rejected))
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s 0 0 %.0f', seen, now + ARGV[3]))
return 1
