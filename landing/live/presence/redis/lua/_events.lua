-- The people who began or ceased to count in this step. The functions of _counts.lua report
-- every change of a key here; this part does not know the reasons. Every step notes the changes
-- for _networks.lua.

-- Whether this step records changes. Then, by key type and id: whether each changed key was
-- present before the step, and whether it is now.
local records_events = false
local was, is = {}, {}
for _, key_type in ipairs(KEY_TYPES) do
  was[key_type], is[key_type] = {}, {}
end

-- Record a change of one key. Only the first `before` of a step is kept, and the last `now`.
local function record_change(key_type, id, before, now)
  note_presence(key_type, id, before, now)
  if not records_events then return end
  if was[key_type][id] == nil then
    was[key_type][id] = before
  end
  is[key_type][id] = now
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
      record_change(VISITOR, ids[i], is_present, is_present)
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
