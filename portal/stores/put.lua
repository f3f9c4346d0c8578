-- Writes a document if its stored version is still the one that was read; answers 1, else 0.
-- KEYS[1] the collection's hash; ARGV: id, version that was read, body
local row = redis.call('HGET', KEYS[1], ARGV[1])
local version = row and tonumber(string.match(row, '^(%d+) ')) or 0
if version ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', version + 1, ARGV[3]))
return 1
