-- What is kept, under which names, and how the small part is read and written.
--
-- KEYS[1]  {prefix}:meta  hash with the fields below; its hash tag keeps all keys in one slot
--
-- ARGV[1]  ms added to Redis's time: 0, except in tests
-- ARGV[2]  heartbeat, ms
-- ARGV[3]  lease, ms
-- ARGV[4]  linger, ms
-- ARGV[5]  interval between publishes, ms
-- ARGV[6]  interval between computations of the active visitors, ms
-- ARGV[7]  name for a new epoch, should one begin
-- ARGV[8]  the worker, or '' where the script is about no one worker
--
-- Beside meta, with <kind> v, s or u as in base.py and every time in Unix ms:
--   held:<kind>            hash  id -> number of workers that hold it
--   lingering:<kind>       zset  id -> until when it still counts
--   leases                 zset  worker -> until when it is believed
--   seq, connections       hash  worker -> last applied number; -> open sockets
--   resyncing              zset  worker -> until when the numbers wait for it
--   tombstones             zset  worker -> until when its reports are refused
--   dead                   list  names of the shares of dead workers
--   share:<name>:<kind>    set   ids; <name> is a live worker, or one of the list dead

local VISITOR, SIGNED, USER = 'v', 's', 'u'
local KINDS = {VISITOR, SIGNED, USER}
-- Ids in one command; unpack takes 8,000 at most.
local BATCH = 1000
-- People taken away in one step, each with the keys that go with them: half of
-- MAX_REMOVALS, and fewer in a step that also applies a large report, so that none
-- blocks Redis for more than 10 ms.
local REMOVALS, MIN_REMOVALS = 500, 100

local PREFIX = KEYS[1]:sub(1, -1 - #'meta')
local META = KEYS[1]
local HELD, LINGERING = {}, {}
for _, kind in ipairs(KINDS) do
  HELD[kind] = PREFIX .. 'held:' .. kind
  LINGERING[kind] = PREFIX .. 'lingering:' .. kind
end
local LEASES, SEQ, CONNECTIONS = PREFIX .. 'leases', PREFIX .. 'seq', PREFIX .. 'connections'
local RESYNCING, TOMBSTONES = PREFIX .. 'resyncing', PREFIX .. 'tombstones'
local DEAD = PREFIX .. 'dead'

local NOW = redis_time_ms() + ARGV[1]
local HEARTBEAT, LEASE, LINGER = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local INTERVAL, REFRESH = tonumber(ARGV[5]), tonumber(ARGV[6])
local NEW_EPOCH = ARGV[7]
local WORKER = ARGV[8]

local function share_key(name, kind)
  return PREFIX .. 'share:' .. name .. ':' .. kind
end

-- A script is not rolled back, so a key of ours that holds something else must be
-- found before anything is written.
local TYPES = {
  [META] = 'hash', [SEQ] = 'hash', [CONNECTIONS] = 'hash', [DEAD] = 'list',
  [LEASES] = 'zset', [RESYNCING] = 'zset', [TOMBSTONES] = 'zset',
}
for _, kind in ipairs(KINDS) do
  TYPES[HELD[kind]], TYPES[LINGERING[kind]] = 'hash', 'zset'
  TYPES[share_key(WORKER, kind)] = 'set'
end
for key, wanted in pairs(TYPES) do
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= wanted then
    return redis.error_reply('WRONGTYPE ' .. key .. ' holds a ' .. found .. ', not a ' .. wanted)
  end
end

-- Fields of meta: epoch is its name, announced whether somebody was asked to tell the
-- others of it, reader the worker that may read the analytics table, figures what the
-- last one read there, as text that is only compared,
-- shown_* the snapshot; *_at, *_as_of and *_until are Unix ms. Numbers, but for those of
-- TEXTS; those of FROM_ZERO are 0 until they are known.
local FROM_ZERO = {
  'version', 'connections', 'last_sync_at', 'settling_until', 'leases_held_until',
  'lingering_held_until', 'announced', 'published_version', 'published_at', 'refreshed_at',
  'reading_until',
}
local TEXTS = {epoch = true, reader = true, figures = true, shown_figures = true}
local FIELDS = {
  'epoch', 'reader', 'figures', 'figures_as_of', 'shown_signed_in', 'shown_anonymous',
  'shown_connections', 'shown_figures', 'shown_figures_as_of', 'shown_version',
  'shown_as_of', unpack(FROM_ZERO),
}
local meta, saved = {}, {}

local function load_meta()
  for i, value in ipairs(redis.call('HMGET', META, unpack(FIELDS))) do
    local name = FIELDS[i]
    saved[name] = value and (TEXTS[name] and value or tonumber(value)) or nil
    meta[name] = saved[name]
  end
  for _, name in ipairs(FROM_ZERO) do
    meta[name] = meta[name] or 0
  end
end

local function save_meta()
  local fields = {}
  for name, value in pairs(meta) do
    if value ~= saved[name] then
      fields[#fields + 1], fields[#fields + 2] = name, value
    end
  end
  if #fields > 0 then
    redis.call('HSET', META, unpack(fields))
  end
end
