-- The people who began or ceased to count in this step. The functions of _counts.lua report
-- here which keys became present or absent; this part does not know the reasons. It passes the
-- changes to _networks.lua and _places.lua.

-- Whether this step records changes. Then, by key type and id: whether each changed key was
-- present before the step, and whether it is now.
local records_events = false
local was, is = {}, {}
for _, key_type in ipairs(KEY_TYPES) do
  was[key_type], is[key_type] = {}, {}
end

-- Return whether this step needs the ids of the keys that become present or absent. Otherwise
-- _counts.lua does not look them up.
local function needs_changed_ids()
  return records_events or has_networks() or has_places()
end

-- Note absent keys that became present, or the reverse, for the networks and the places.
local function note_presence(key_type, ids, is_present)
  if not (has_networks() or has_places()) then return end
  local totals, by = moved[key_type], is_present and 1 or -1
  for _, id in ipairs(ids) do
    totals[id] = (totals[id] or 0) + by
  end
end

-- Record that absent keys became present, or the reverse. The presence before the first change of
-- a step is kept, and the last one.
local function record_changes(key_type, ids, is_present)
  note_presence(key_type, ids, is_present)
  if not records_events then return end
  for _, id in ipairs(ids) do
    if was[key_type][id] == nil then
      was[key_type][id] = not is_present
    end
    is[key_type][id] = is_present
  end
end

-- Add the visitors whose signed-in mark changed without a change of the visitor. The reverse
-- needs no lookup, because no mark exists without its visitor.
local function add_visitors_of_marks()
  local ids = {}
  for id in pairs(was[SIGNED]) do
    if was[VISITOR][id] == nil then
      ids[#ids + 1] = id
    end
  end
  for first = 1, #ids, BATCH do
    local last = math.min(first + BATCH - 1, #ids)
    local held = redis.call('HMGET', HELD[VISITOR], unpack(ids, first, last))
    local lingering = redis.call('ZMSCORE', LINGERING[VISITOR], unpack(ids, first, last))
    for i = first, last do
      local is_present = (held[i - first + 1] or lingering[i - first + 1]) and true or false
      was[VISITOR][ids[i]], is[VISITOR][ids[i]] = is_present, is_present
    end
  end
end

-- Return the people who joined and the people who left in this step, as lists of type .. id.
local function person_events()
  local joined, left = {}, {}
  local function add(key_type, id, before, now)
    if before ~= now then
      local list = now and joined or left
      list[#list + 1] = key_type .. id
    end
  end
  add_visitors_of_marks()
  for id in pairs(was[VISITOR]) do
    local before = was[VISITOR][id] and not was[SIGNED][id]
    add(VISITOR, id, before, is[VISITOR][id] and not is[SIGNED][id])
  end
  for id in pairs(was[USER]) do
    add(USER, id, was[USER][id], is[USER][id])
  end
  return joined, left
end
