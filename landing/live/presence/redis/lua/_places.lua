-- People per place. A person is at one place, or elsewhere, so with the people elsewhere all places
-- add up to the people. As in _counts.lua, a place has the users at it, plus the visitors at it, minus
-- those with a signed-in mark. A user and a visitor have the place that was reported last.
--
-- _events.lua notes every key that becomes present or absent in `moved`. At the end of a step,
-- save_places() compares the place of each of these people before the step and after it. A deployment
-- without places runs no commands for this.

-- By key type and id, the places of present keys that this step reports, '' if elsewhere; and the
-- ids in the order of the report.
local reported_places, reported_ids = {[VISITOR] = {}, [USER] = {}}, {[VISITOR] = {}, [USER] = {}}
local reports_places = false
-- How many people are elsewhere after this step because there are too many places.
local folded = 0

local function report_place(key_type, id, place)
  local ids = reported_ids[key_type]
  ids[#ids + 1], reported_places[key_type][id], reports_places = id, place, true
end

-- Return whether somebody has a place, or steps are recorded. Only save_places() and a new epoch change PLACE_OF, so the
-- last measure() is right until then.
local function has_places()
  return sizes[PLACE_OF[VISITOR]] ~= 0 or sizes[PLACE_OF[USER]] ~= 0 or reports_places
    or steps.are_recorded()
end

local save_places
do
  local has_changed = false

  -- The next snapshot gets a new version.
  local function note_change()
    if not has_changed then
      has_changed, meta.version = true, meta.version + 1
    end
  end

  local function forget_places()
    if sizes[PLACES] > 0 then note_change() end
    is_resized, meta.placed = true, 0
    steps.forget()
    for _, key in ipairs({PLACE_OF[VISITOR], PLACE_OF[USER], PLACES}) do
      redis.call('UNLINK', key)
      sizes[key] = 0
    end
  end

  -- With a lower limit per network, more people could have a place than count.
  local function is_limit_lower()
    local before = meta.places_limit
    return before and MAX_PEOPLE > 0 and (before == 0 or MAX_PEOPLE < before)
  end

  -- Return the ids of a type whose place may change in this step; the reported ones come first.
  local function concerned_ids(key_type)
    local ids, known = {}, {}
    local function add(id)
      if not known[id] then
        ids[#ids + 1], known[id] = id, true
      end
    end
    for _, id in ipairs(reported_ids[key_type]) do add(id) end
    for id in pairs(moved[key_type]) do add(id) end
    if key_type == VISITOR then
      for id in pairs(moved[SIGNED]) do add(id) end
      for id in pairs(late) do add(id) end
    end
    return ids
  end

  -- Return the stored places of some ids by their index. People who arrive in this step
  -- have none yet.
  local function read_stored(key_type, ids)
    local stored, present, indexes = {}, {}, {}
    if sizes[PLACE_OF[key_type]] == 0 then return stored end
    local is_moved = moved[key_type]
    for i, id in ipairs(ids) do
      if is_moved[id] ~= 1 then
        present[#present + 1], indexes[#indexes + 1] = id, i
      end
    end
    in_batches(present, function(first, last)
      local places = redis.call('HMGET', PLACE_OF[key_type], unpack(present, first, last))
      for i, place in ipairs(places) do stored[indexes[first + i - 1]] = place or nil end
    end)
    return stored
  end

  -- Return the people of a type that have a place before or after this step, as lists of the same
  -- length: their ids, the places before, and the places after the step. Steps need everybody.
  local function read_moves(key_type)
    local all, ids, old, new, count = concerned_ids(key_type), {}, {}, {}, 0
    local stored = read_stored(key_type, all)
    local reported, is_moved = reported_places[key_type], moved[key_type]
    local needs_all = steps.are_recorded()
    for i, id in ipairs(all) do
      local before = stored[i] or ''
      local after = is_moved[id] == -1 and '' or reported[id] or before
      if before ~= '' or after ~= '' or needs_all then
        count = count + 1
        ids[count], old[count], new[count] = id, before, after
      end
    end
    return ids, old, new
  end

  -- Return the visitors that have a signed-in mark now, as keys of a table. No mark exists without
  -- its visitor, so only of visitors that stay present, the mark is looked up.
  local function find_marked(ids)
    local marked, staying = {}, {}
    if not (next(moved[SIGNED]) or sizes[HELD[SIGNED]] + sizes[LINGERING[SIGNED]] > 0) then
      return marked
    end
    for _, id in ipairs(ids) do
      local by = moved[VISITOR][id] or 0
      if by == 0 then
        staying[#staying + 1] = id
      elseif by == 1 then
        marked[id] = moved[SIGNED][id] == 1 or nil
      end
    end
    for _, id in ipairs(ids_by_presence(SIGNED, staying, true)) do marked[id] = true end
    return marked
  end

  -- Return those of some visitors whose network is over its limit, as keys of a table.
  local function find_crowded(ids)
    local members, networks, crowded = {}, {}, {}
    if MAX_PEOPLE == 0 or not has_networks() then return crowded end
    each_network(ids, function(id, network)
      if network then
        if not members[network] then
          networks[#networks + 1], members[network] = network, {}
        end
        table.insert(members[network], id)
      end
    end)
    in_batches(networks, function(first, last)
      for i, size in ipairs(redis.call('ZMSCORE', NETWORKS, unpack(networks, first, last))) do
        if tonumber(size or 0) > MAX_PEOPLE then
          for _, id in ipairs(members[networks[first + i - 1]]) do crowded[id] = true end
        end
      end
    end)
    return crowded
  end

  -- Compare where the people of a type count before and after this step. Subtract them from the
  -- places that they left in `people`. Those who come to a place are in the list `arrivals` of the
  -- result, as indexes, or in `others` if this step does not report them.
  local function compare(key_type, people, others)
    local ids, old, new = read_moves(key_type)
    local is_visitor = key_type == VISITOR
    local marked = is_visitor and find_marked(ids) or {}
    local moves = {ids = ids, old = old, new = new, marked = marked, arrivals = {}}
    local before, after, newcomers = {}, {}, {}
    for i, id in ipairs(ids) do
      local is_marked = marked[id] or false
      local was_marked = is_visitor and is_marked ~= ((moved[SIGNED][id] or 0) ~= 0)
      before[i], after[i] = was_marked and '' or old[i], is_marked and '' or new[i]
      if is_visitor and after[i] ~= '' and (before[i] == '' or late[id]) then
        newcomers[#newcomers + 1] = id
      end
    end
    -- Of a network over its limit, nobody comes to a place. So those who have one are never more
    -- than those who count.
    local crowded = find_crowded(newcomers)
    for i, id in ipairs(ids) do
      if crowded[id] then
        after[i], new[i] = '', ''
      end
      if before[i] ~= after[i] then
        if before[i] ~= '' then people[before[i]] = (people[before[i]] or 0) - 1 end
        if after[i] ~= '' then
          people[after[i]] = people[after[i]] or 0
          if reported_places[key_type][id] then
            moves.arrivals[#moves.arrivals + 1] = i
          else
            others[#others + 1] = {id, i, moves}
          end
        end
      end
    end
    return moves
  end

  -- Replace the changes in `people` by the people before this step plus these changes. Return the
  -- list of the places, and the people before this step.
  local function add_people_before(people)
    local places, earlier = {}, {}
    for place in pairs(people) do places[#places + 1] = place end
    in_batches(places, function(first, last)
      local scores = sizes[PLACES] > 0 and redis.call('ZMSCORE', PLACES, unpack(places, first, last))
      for i = first, last do
        local place = places[i]
        earlier[place] = scores and -(scores[i - first + 1] or 0) or 0
        people[place] = earlier[place] + people[place]
      end
    end)
    return places, earlier
  end

  -- Let people come to their places, while there are not too many places: the visitors of the
  -- report, its users, and then the others by id.
  local function admit(visitors, users, others, people, places, earlier)
    local used = sizes[PLACES]
    for _, place in ipairs(places) do
      if earlier[place] > 0 and people[place] == 0 then used = used - 1 end
    end
    local function admit_one(moves, i)
      local place = moves.new[i]
      local before = people[place]
      if before == 0 then
        if used >= MAX_PLACES then
          folded, moves.new[i] = folded + 1, ''
          return
        end
        used = used + 1
      end
      people[place] = before + 1
    end
    for _, moves in ipairs({visitors, users}) do
      for _, i in ipairs(moves.arrivals) do admit_one(moves, i) end
    end
    table.sort(others, function(a, b) return a[1] < b[1] end)
    for _, arrival in ipairs(others) do admit_one(arrival[3], arrival[2]) end
  end

  local function save_people(people, places, earlier)
    local added, removed = {}, {}
    for _, place in ipairs(places) do
      if people[place] ~= earlier[place] then
        is_resized = true
        meta.placed = (meta.placed or 0) + people[place] - earlier[place]
        if people[place] > 0 then
          added[#added + 1], added[#added + 2] = string.format('%d', -people[place]), place
        else
          removed[#removed + 1] = place
        end
      end
    end
    if #added + #removed > 0 then note_change() end
    in_batches(added, function(first, last) redis.call('ZADD', PLACES, unpack(added, first, last)) end)
    in_batches(removed, function(first, last)
      redis.call('ZREM', PLACES, unpack(removed, first, last))
    end)
  end

  local function save_place_of(key_type, moves)
    local stored, removed = {}, {}
    for i, id in ipairs(moves.ids) do
      if moves.new[i] == '' and moves.old[i] ~= '' then
        removed[#removed + 1] = id
      elseif moves.new[i] ~= moves.old[i] then
        stored[#stored + 1], stored[#stored + 2] = id, moves.new[i]
      end
    end
    is_resized = is_resized or #stored + #removed > 0
    in_batches(stored, function(first, last)
      redis.call('HSET', PLACE_OF[key_type], unpack(stored, first, last))
    end)
    in_batches(removed, function(first, last)
      redis.call('HDEL', PLACE_OF[key_type], unpack(removed, first, last))
    end)
  end

  -- Adjust the places to the changes of this step. Call it after save_networks(), and before the last
  -- measure().
  function save_places()
    steps.end_if_unread()
    if not has_places() then return end
    if are_places_stale or MAX_PLACES == 0 or is_limit_lower() then forget_places() end
    meta.places_limit = MAX_PEOPLE
    if MAX_PLACES == 0 then return end
    local people, others = {}, {}
    local visitors, users = compare(VISITOR, people, others), compare(USER, people, others)
    if #visitors.ids + #users.ids == 0 then return end
    local places, earlier = add_people_before(people)
    admit(visitors, users, others, people, places, earlier)
    save_people(people, places, earlier)
    save_place_of(VISITOR, visitors)
    save_place_of(USER, users)
    if steps.are_recorded() then
      steps.note(VISITOR, visitors)
      steps.note(USER, users)
      steps.save()
    end
  end
end
