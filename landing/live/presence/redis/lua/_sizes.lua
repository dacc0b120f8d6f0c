-- Noticing lost data: keys or members that an operator, an eviction, or a failed script removed.
--
-- Each step stores the sizes of the keys that it leaves behind, and the next step compares
-- them: the keys of the deployment in meta.sizes, and the shares of a worker in `shares`. A
-- difference means lost data, and the next report begins a new epoch. All sizes take O(1). A read
-- of a snapshot that holds is not a step and needs only `meta`.

-- The keys of the deployment and their size commands, in the order of meta.sizes.
local SIZED = {
  LEASES, SEQ, CONNECTIONS, RESYNCING, TOMBSTONES, DEAD, SHARES,
  HELD[VISITOR], HELD[SIGNED], HELD[USER],
  LINGERING[VISITOR], LINGERING[SIGNED], LINGERING[USER], META, NETWORK_OF, NETWORKS,
  PLACE_OF[VISITOR], PLACE_OF[USER], PLACES,
}
local SIZE_COMMANDS = {
  'ZCARD', 'HLEN', 'HLEN', 'ZCARD', 'ZCARD', 'LLEN', 'HLEN',
  'HLEN', 'HLEN', 'HLEN', 'ZCARD', 'ZCARD', 'ZCARD', 'HLEN', 'HLEN', 'ZCARD',
  'HLEN', 'HLEN', 'ZCARD',
}
-- Earlier releases know the keys up to META, or up to NETWORKS.
local META_INDEX, NETWORKS_INDEX = 14, 16
local WRONG_TYPE = -1
-- Whether a worker of an earlier release, which knows no networks or no places, may have changed
-- visitors and users.
local are_networks_stale, are_places_stale = false, false

-- The sizes of the last measurement, in the same order and by key, and a key of a wrong type.
local measured, sizes, key_of_wrong_type = {}, {}, nil

-- Whether a key may have another size now. Every function that adds or removes members sets
-- this, so that an idle step measures only once.
local is_resized = true

local function measure()
  if not is_resized then return end
  is_resized, key_of_wrong_type = false, nil
  for i, key in ipairs(SIZED) do
    local size = redis.pcall(SIZE_COMMANDS[i], key)
    if type(size) ~= 'number' then
      size, key_of_wrong_type = WRONG_TYPE, key
    end
    measured[i], sizes[key] = size, size
  end
end

-- Return whether a key can have members. While nothing is resized, this costs no command.
local function may_have_members(key)
  return is_resized or sizes[key] ~= 0
end

-- Return what meta.sizes holds after a step. It ends with two times that every step of an
-- earlier release changed, too: such a worker does not store sizes.
local SIZES_FORMAT = string.rep('%d ', #SIZED) .. '%d %d'
local function sizes_text(meta_size)
  measured[META_INDEX] = meta_size
  measured[#SIZED + 1], measured[#SIZED + 2] = meta.last_sync_at, meta.shown_as_of or 0
  return SIZES_FORMAT:format(unpack(measured))
end

-- Return how many keys the release of the last step knows. Later releases append keys to SIZED.
local function count_known_keys()
  return select(2, saved.sizes:gsub('%d+', '')) - 2
end

local function is_step_of_earlier_release()
  local last_sync_at, shown_as_of = saved.sizes:match('(%d+) (%d+)$')
  return (saved.last_sync_at and saved.last_sync_at ~= tonumber(last_sync_at))
    or (saved.shown_as_of and saved.shown_as_of ~= tonumber(shown_as_of))
end

-- Return the name and the sizes of the first of `count` keys that differs from meta.sizes, or nil.
local function first_difference(count)
  local i = 0
  for expected in saved.sizes:gmatch('%d+') do
    i = i + 1
    if i <= count and measured[i] ~= tonumber(expected) then
      return string.format('%s has %d entries instead of %s', SIZED[i], measured[i], expected)
    end
  end
end

-- Return a description of a key of the deployment that lost data, or nil. Call it after
-- load_meta() and measure(), before any change.
local function damage()
  if key_of_wrong_type then return key_of_wrong_type .. ' holds another type of value' end
  if not saved.sizes or saved.sizes == sizes_text(sizes[META]) then return nil end
  local known = is_step_of_earlier_release() and 0 or count_known_keys()
  are_networks_stale, are_places_stale = known < NETWORKS_INDEX, known < #SIZED
  return first_difference(math.min(known, #SIZED))
end

-- Return the sizes of the shares of a worker as in `shares`. A share of a wrong type has -1.
local function share_sizes(name)
  local numbers = {}
  for i, key_type in ipairs(KEY_TYPES) do
    local size = redis.pcall('SCARD', share_key(name, key_type))
    numbers[i] = type(size) == 'number' and size or WRONG_TYPE
  end
  return string.format('%d %d %d', unpack(numbers))
end

local function save_share_sizes(name)
  redis.call('HSET', SHARES, name, share_sizes(name))
end

-- Return a description of the share of a worker that lost data, or nil. A worker of an earlier
-- release has no stored sizes.
local function share_damage(name)
  local expected, found = redis.pcall('HGET', SHARES, name), share_sizes(name)
  if not expected or expected == found then return nil end
  return string.format('%sshare:%s has %s entries instead of %s', PREFIX, name, found, expected)
end

-- The damage that this step found after its first change, or nil.
local found_damage

-- Write the fields that changed since load_meta(), and the sizes. Call measure() before.
local function save_meta()
  local fields, size = {}, sizes[META] + (saved.sizes and 0 or 1)
  meta.sizes = nil
  for name, value in pairs(meta) do
    if value ~= saved[name] then
      fields[#fields + 1], fields[#fields + 2] = name, value
      size = size + (saved[name] == nil and 1 or 0)
    end
  end
  fields[#fields + 1], fields[#fields + 2] = 'sizes', sizes_text(size)
  redis.call('HSET', META, unpack(fields))
end
