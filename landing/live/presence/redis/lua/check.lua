-- Try every command that the other scripts use, on keys that nothing else uses. A refusal is
-- found here, and not in the middle of a step.
--
-- KEYS[1] as in _state.lua. Leaves no keys behind.
--
-- Returns {{command, error}, ...}, empty if all commands work.

local PREFIX = KEYS[1]:sub(1, -1 - #'meta')
local HASH, ZSET, LIST = PREFIX .. 'try:hash', PREFIX .. 'try:zset', PREFIX .. 'try:list'
local SET, OTHER = PREFIX .. 'try:set', PREFIX .. 'try:other'

local failures = {}
for _, command in ipairs({
  {'UNLINK', HASH, ZSET, SET, LIST, OTHER},
  {'HSET', HASH, 'a', 1}, {'HGET', HASH, 'a'}, {'HMGET', HASH, 'a'}, {'HLEN', HASH},
  {'HKEYS', HASH}, {'HDEL', HASH, 'a'},
  {'ZADD', ZSET, 1, 'a'}, {'ZSCORE', ZSET, 'a'}, {'ZMSCORE', ZSET, 'a'}, {'ZCARD', ZSET},
  {'ZCOUNT', ZSET, 0, 1}, {'ZRANGE', ZSET, 0, 0}, {'ZRANGEBYSCORE', ZSET, 0, 1},
  {'ZREM', ZSET, 'a'}, {'ZREMRANGEBYSCORE', ZSET, 0, 1},
  {'SADD', SET, 'a', 'b'}, {'SMISMEMBER', SET, 'a'}, {'SCARD', SET}, {'SREM', SET, 'a'},
  {'EXISTS', SET}, {'RENAME', SET, OTHER}, {'SPOP', OTHER, 1},
  {'RPUSH', LIST, 'a'}, {'LINDEX', LIST, 0}, {'LLEN', LIST}, {'LRANGE', LIST, 0, 0},
  {'LPOP', LIST}, {'TIME'},
}) do
  local reply = redis.pcall(unpack(command))
  -- Without a command that creates a key, later ones have nothing to work on.
  if type(reply) == 'table' and reply.err and not reply.err:find('no such key') then
    failures[#failures + 1] = {command[1], reply.err}
  end
end
redis.pcall('UNLINK', HASH, ZSET, SET, LIST, OTHER)
return failures
