-- Steps: how many people went from place to place in the last minute, while somebody reads them.
--
-- places.lua begins the recording, which ends WATCHED_MS after the last read. Each step of the
-- backend adds what it changed to the hash of the current BUCKET_MS, a ring of BUCKETS hashes. So in
-- each bucket, the people who came to a place minus those who left it are the change of its people.
-- A bucket has at most MAX_PAIRS pairs of places; in others, each place counts as elsewhere.
--
-- A field is a pair: the place that the people left, as its length, a colon, and its name, or '-' if
-- they were not on the site; and the place that they came to, after '=', or '-' if they left the site.
-- The field 'at' has the number of the bucket. Counts never depend on these keys, so a lost key or
-- one of a wrong type is not an error.

-- The functions of this part, in a table, because Lua allows 200 local variables.
local steps = {}
do
  local BUCKET_MS, BUCKETS, MAX_PAIRS = 10000, 6, 200
  local WATCHED_MS, RENEWED_MS = 120000, 10000
  local AT = 'at'

  -- By pair, the people of this step.
  local people_by_pair = {}
  -- By place, visitors who are now a signed-in user, and users that began to count; and the reverse.
  local signed_in, users_came, signed_out, users_left = {}, {}, {}, {}

  function steps.are_recorded()
    return MAX_PLACES > 0 and NOW < (meta.steps_until or 0)
  end

  local function step_key(bucket)
    return STEPS .. bucket % BUCKETS
  end

  local function current_bucket()
    return math.floor(NOW / BUCKET_MS)
  end

  -- Return whether a key has the steps of a bucket, and not older ones.
  local function has_bucket(key, bucket)
    return redis.pcall('HGET', key, AT) == string.format('%d', bucket)
  end

  -- `origin` and `target` are nil for people who are not on the site.
  local function pair_of(origin, target)
    return (origin and #origin .. ':' .. origin or '-') .. (target and '=' .. target or '-')
  end

  local function add(people, key, count)
    people[key] = (people[key] or 0) + count
  end

  -- Note the steps of the people of a type; a user who signs in or out moves as one person.
  function steps.note(key_type, moves)
    local is_visitor, is_moved = key_type == VISITOR, moved[key_type]
    for i, id in ipairs(moves.ids) do
      local by, is_marked = is_moved[id] or 0, moves.marked[id] or false
      local was_marked = is_visitor and is_marked ~= ((moved[SIGNED][id] or 0) ~= 0)
      local origin = by ~= 1 and not was_marked and moves.old[i] or nil
      local target = by ~= -1 and not is_marked and moves.new[i] or nil
      if origin and not target then
        local signs_in = is_visitor and by ~= -1
        if signs_in then
          add(signed_in, origin, 1)
        elseif is_visitor then
          add(people_by_pair, pair_of(origin, nil), 1)
        else
          add(users_left, origin, 1)
        end
      elseif target and not origin then
        local signs_out = is_visitor and by ~= 1
        if signs_out then
          add(signed_out, target, 1)
        elseif is_visitor then
          add(people_by_pair, pair_of(nil, target), 1)
        else
          add(users_came, target, 1)
        end
      elseif origin ~= target then
        add(people_by_pair, pair_of(origin, target), 1)
      end
    end
  end

  local function sorted_keys(people)
    local keys = {}
    for key in pairs(people) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
  end

  -- Let people who ceased to count as one key begin to count as another one, if possible at the
  -- same place. The rest leave or enter the site.
  local function join(origins, targets)
    for place, count in pairs(origins) do
      local stay = math.min(count, targets[place] or 0)
      origins[place] = count - stay
      if stay > 0 then targets[place] = targets[place] - stay end
    end
    local from, to, f, t = sorted_keys(origins), sorted_keys(targets), 1, 1
    while from[f] or to[t] do
      local origin, target = from[f], to[t]
      local left, coming = origin and origins[origin], target and targets[target]
      if left == 0 then
        f = f + 1
      elseif coming == 0 then
        t = t + 1
      else
        local count = math.min(left or coming, coming or left)
        add(people_by_pair, pair_of(origin, target), count)
        if origin then origins[origin] = left - count end
        if target then targets[target] = coming - count end
      end
    end
  end

  -- Return a pair with elsewhere in the place of each place.
  local function fold(pair)
    local length = pair:match('^(%d+):')
    local target = length and pair:sub(#length + 2 + length) or pair:sub(2)
    return pair_of(length and '' or nil, target ~= '-' and '' or nil)
  end

  -- Add the steps of this step to the current bucket.
  function steps.save()
    join(signed_in, users_came)
    join(users_left, signed_out)
    if not next(people_by_pair) then return end
    local bucket = current_bucket()
    local key = step_key(bucket)
    if not has_bucket(key, bucket) then
      redis.call('UNLINK', key)
      redis.call('HSET', key, AT, string.format('%d', bucket))
    end
    local pairs_now, room = sorted_keys(people_by_pair), MAX_PAIRS + 1 - redis.call('HLEN', key)
    local totals = {}
    local function load(list)
      in_batches(list, function(first, last)
        local found = redis.call('HMGET', key, unpack(list, first, last))
        for i, people in ipairs(found) do totals[list[first + i - 1]] = tonumber(people or 0) end
      end)
    end
    load(pairs_now)
    local fields, folds = {}, {}
    for _, pair in ipairs(pairs_now) do
      if totals[pair] == 0 and room <= 0 then
        add(folds, fold(pair), people_by_pair[pair])
      else
        if totals[pair] == 0 then room = room - 1 end
        fields[#fields + 1], fields[#fields + 2] = pair, totals[pair] + people_by_pair[pair]
        totals[pair] = fields[#fields]
      end
    end
    local folded_pairs = sorted_keys(folds)
    load(folded_pairs)
    for _, pair in ipairs(folded_pairs) do
      local earlier = totals[pair]
      for i = 1, #fields, 2 do
        if fields[i] == pair then earlier = fields[i + 1] end
      end
      fields[#fields + 1], fields[#fields + 2] = pair, earlier + folds[pair]
    end
    in_batches(fields, function(first, last) redis.call('HSET', key, unpack(fields, first, last)) end)
  end

  -- Forget all steps, and record new ones from now on, if somebody still reads them.
  function steps.forget()
    local keys = {}
    for number = 0, BUCKETS - 1 do keys[#keys + 1] = STEPS .. number end
    redis.call('UNLINK', unpack(keys))
    meta.steps_since = steps.are_recorded() and NOW or 0
  end

  -- End the recording if nobody has read steps for some time.
  function steps.end_if_unread()
    if (meta.steps_until or 0) > 0 and not steps.are_recorded() then
      meta.steps_until = 0
      steps.forget()
    end
  end

  -- Record the steps from now on, or longer. Return whether meta has changed.
  function steps.watch()
    local is_new = not steps.are_recorded()
    if not is_new and NOW < meta.steps_until - WATCHED_MS + RENEWED_MS then return false end
    meta.steps_until = NOW + WATCHED_MS
    if is_new then steps.forget() end
    return true
  end

  -- Return {from when, pair, people, pair, people, ...} of the last buckets; pairs may repeat.
  function steps.read()
    local first = current_bucket() - BUCKETS + 1
    local found = {math.max(first * BUCKET_MS, meta.steps_since)}
    for bucket = first, first + BUCKETS - 1 do
      local key = step_key(bucket)
      if has_bucket(key, bucket) then
        local fields = redis.call('HKEYS', key)
        for i, people in ipairs(redis.call('HMGET', key, unpack(fields))) do
          if fields[i] ~= AT then
            found[#found + 1], found[#found + 2] = fields[i], people
          end
        end
      end
    end
    return found
  end
end
