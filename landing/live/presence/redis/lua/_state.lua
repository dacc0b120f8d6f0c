-- The Redis keys of presence, the arguments of every script, and access to the hash `meta`.
--
-- KEYS[1]  {prefix}:meta  hash with the fields below; its hash tag keeps all keys in one slot
--
-- ARGV[1]  ms added to Redis's time; 0 except in tests
-- ARGV[2]  heartbeat, ms
-- ARGV[3]  lease, ms
-- ARGV[4]  grace period, ms
-- ARGV[5]  interval between publishes, ms
-- ARGV[6]  interval between grants to read the analytics table, ms
-- ARGV[7]  id for a new epoch, used only if one begins
-- ARGV[8]  worker, or '' for a script that concerns no single worker
-- ARGV[9]  anonymous people of one network that count; 0 means no limit
-- ARGV[10]  different places that have people at a time; 0 turns places off
--
-- Keys beside meta. <type> is v, s, or u, as KeyType in contract.py; times are Unix ms:
--   held:<type>            hash  id -> number of workers that hold it
--   lingering:<type>       zset  id -> end of its grace period
--   leases                 zset  worker -> end of its lease
--   seq, connections       hash  worker -> seq of the last applied report; -> open connections
--   resyncing              zset  worker -> until when the snapshot waits for its resync
--   tombstones             zset  worker -> until when its reports are rejected
--   dead                   list  names of the shares of dead workers
--   share:<name>:<type>    set   ids that a worker holds; <name> is a live worker, or is in `dead`
--   shares                 hash  name -> sizes of its three shares, as "v s u"
--   network_of             hash  id of a visitor that counts -> its network
--   networks               zset  network -> its anonymous people, over the limit too
--   place_of:<type>        hash  id of a visitor or user that counts -> its place, if it has one
--   places                 zset  place -> minus its people, so that places with many come first
--   steps:<number>         hash  pair of places -> people who went; see _steps.lua
--   arrivals               hash  id of a measured visitor that counts -> Unix ms of its arrival
--   leaving                zset  id of a measured visitor in its grace period -> end of that

local VISITOR, SIGNED, USER = 'v', 's', 'u'
local KEY_TYPES = {VISITOR, SIGNED, USER}
-- Ids per command; Lua's unpack takes at most 8,000.
local BATCH = 1000
-- People removed in one step, each with all of their keys: half of MAX_REMOVALS. A step
-- that also applies a large report removes fewer, so that no step blocks Redis for 10 ms.
local REMOVALS, MIN_REMOVALS = 500, 100

local PREFIX = KEYS[1]:sub(1, -1 - #'meta')
local META = KEYS[1]
local HELD, LINGERING = {}, {}
for _, key_type in ipairs(KEY_TYPES) do
  HELD[key_type] = PREFIX .. 'held:' .. key_type
  LINGERING[key_type] = PREFIX .. 'lingering:' .. key_type
end
local LEASES, SEQ, CONNECTIONS = PREFIX .. 'leases', PREFIX .. 'seq', PREFIX .. 'connections'
local RESYNCING, TOMBSTONES = PREFIX .. 'resyncing', PREFIX .. 'tombstones'
local DEAD, SHARES = PREFIX .. 'dead', PREFIX .. 'shares'
local NETWORK_OF, NETWORKS = PREFIX .. 'network_of', PREFIX .. 'networks'
local PLACE_OF = {[VISITOR] = PREFIX .. 'place_of:v', [USER] = PREFIX .. 'place_of:u'}
local PLACES = PREFIX .. 'places'
local STEPS = PREFIX .. 'steps:'
local ARRIVALS, LEAVING = PREFIX .. 'arrivals', PREFIX .. 'leaving'

local NOW = redis_time_ms() + ARGV[1]
local HEARTBEAT, LEASE, GRACE_PERIOD = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local PUBLISH_INTERVAL, READ_INTERVAL = tonumber(ARGV[5]), tonumber(ARGV[6])
local NEW_EPOCH = ARGV[7]
local WORKER = ARGV[8]
local MAX_PEOPLE, MAX_PLACES = tonumber(ARGV[9]), tonumber(ARGV[10])

local function share_key(name, key_type)
  return PREFIX .. 'share:' .. name .. ':' .. key_type
end

-- Fields of meta:
--   epoch      id of the epoch
--   announced  1 after one worker was granted the publish that announces the epoch
--   reader     worker with the grant to read the analytics table
--   figures    aggregates of the last read, as text that is only compared
--   max_people  the limit with which _networks.lua computed the next two
--   uncounted  people over the limit of their network
--   suspects   people that count, of networks near the limit
--   placed     people that have a place
--   places_limit  the limit per network when people got their places
--   steps_until  end of the recording of steps, unless somebody reads them again
--   steps_since  beginning of the recording of steps
--   stays      ended stays that no answer has had yet, in ms
--   stays_at   last_sync_at of the last worker that knows stays
--   shown_*    the snapshot; without a report, it holds until shown_until
--   is_behind  1 while the snapshot waits for a resync, and does not show what changed
--   sizes      sizes of all keys after the last step; see _sizes.lua
--   *_at, *_as_of, *_until  Unix ms
-- Fields are numbers, except those in TEXTS. Those in ZERO_AT_FIRST default to 0.
local ZERO_AT_FIRST = {
  'version', 'connections', 'last_sync_at', 'settling_until', 'leases_held_until',
  'lingering_held_until', 'announced', 'published_version', 'published_at', 'refreshed_at',
  'reading_until', 'shown_until',
}
local TEXTS = {
  epoch = true, reader = true, figures = true, shown_figures = true, sizes = true, stays = true,
}
local FIELDS = {
  'epoch', 'reader', 'figures', 'figures_as_of', 'shown_signed_in', 'shown_anonymous',
  'shown_connections', 'shown_suspects', 'shown_figures', 'shown_figures_as_of', 'shown_version',
  'shown_as_of', 'sizes', 'max_people', 'uncounted', 'suspects', 'stays', 'stays_at',
  'placed', 'places_limit', 'is_behind', 'steps_until', 'steps_since',
  unpack(ZERO_AT_FIRST),
}
local meta, saved = {}, {}

-- Redis does not roll a script back, so a key of a wrong type must not stop it. Fields that
-- cannot be read count as missing.
local function load_meta()
  local values = redis.pcall('HMGET', META, unpack(FIELDS))
  for i, name in ipairs(FIELDS) do
    local value = not values.err and values[i]
    saved[name] = value and (TEXTS[name] and value or tonumber(value)) or nil
    meta[name] = saved[name]
  end
  for _, name in ipairs(ZERO_AT_FIRST) do
    meta[name] = meta[name] or 0
  end
end
