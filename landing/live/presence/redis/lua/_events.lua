-- Who began and who ceased to count in one step. Knows nothing of why; the census tells it
-- of every key that it touches.

-- Whether somebody wants to know; then, by kind and id, whether the keys touched in this
-- step were here before, and whether they are now.
local watching = false
local was, is = {}, {}
for _, kind in ipairs(KINDS) do
  was[kind], is[kind] = {}, {}
end

-- A key was here or not when it was first touched in this step, and is now.
local function turn(kind, id, before, now)
  if not watching then return end
  if was[kind][id] == nil then
    was[kind][id] = before
  end
  is[kind][id] = now
end

-- A browser whose signed-in mark alone was touched: whether it is here, which it was before.
-- The other way round there is nothing to look up, as no mark is here without its browser.
local function look_up_browsers()
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
      local here = (held[i - first + 1] or lingering[i - first + 1]) and true or false
      turn(VISITOR, ids[i], here, here)
    end
  end
end

-- Everybody who began, and who ceased, to count in this step, as lists of kind .. id.
local function events()
  local joined, left = {}, {}
  local function tell(person, id, before, now)
    if before ~= now then
      local list = now and joined or left
      list[#list + 1] = person .. id
    end
  end
  look_up_browsers()
  for id in pairs(was[VISITOR]) do
    local before = was[VISITOR][id] and not was[SIGNED][id]
    tell(VISITOR, id, before, is[VISITOR][id] and not is[SIGNED][id])
  end
  for id in pairs(was[USER]) do
    tell(USER, id, was[USER][id], is[USER][id])
  end
  return joined, left
end
