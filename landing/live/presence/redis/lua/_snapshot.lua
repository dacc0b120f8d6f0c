-- The snapshot: counts that are true together, and their version (rule 7).

-- Return the start of a score range that excludes the current time.
local function after_now()
  return string.format('(%.0f', NOW)
end

-- Return whether the snapshot waits for the last chunk of a resync (rule 3).
local function is_resyncing()
  return may_have_members(RESYNCING) and redis.call('ZCOUNT', RESYNCING, after_now(), '+inf') > 0
end

local function is_settling()
  return NOW < meta.settling_until
end

-- Return {signed_in, anonymous, connections, suspects, version, as_of, figures or false, their
-- as_of or false, epoch}; or false while the epoch settles and before the first snapshot.
local function visible_snapshot()
  if is_settling() or not meta.shown_version then return false end
  return {
    meta.shown_signed_in, meta.shown_anonymous, meta.shown_connections,
    meta.shown_suspects or 0, meta.shown_version, meta.shown_as_of,
    meta.shown_figures or false, meta.shown_figures_as_of or false, meta.epoch,
  }
end

-- Return whether an update would only change the time of the snapshot, because no lease or grace
-- period has ended since the last step.
local function snapshot_holds()
  local is_complete = meta.shown_signed_in and meta.shown_anonymous and meta.shown_connections
    and meta.shown_version and meta.shown_as_of and meta.epoch
  return is_complete and NOW >= meta.shown_as_of and NOW < meta.shown_until
end

-- Update the snapshot from the last measure(). The version rises with every change, and above
-- every version seen.
local function update_snapshot()
  meta.shown_until = 0
  meta.is_behind = is_resyncing() and 1 or meta.is_behind and 0
  if is_settling() or meta.is_behind == 1 then return end
  update_crowd()
  local signed_in, anonymous = size(USER), size(VISITOR) - size(SIGNED) - meta.uncounted
  local is_same = signed_in == meta.shown_signed_in and anonymous == meta.shown_anonymous
    and meta.connections == meta.shown_connections and meta.suspects == meta.shown_suspects
    and meta.figures == meta.shown_figures
  if not (is_same and meta.version == meta.shown_version) then
    meta.version = math.max(meta.version + 1, NOW)
  end
  meta.shown_signed_in, meta.shown_anonymous = signed_in, anonymous
  meta.shown_connections, meta.shown_suspects = meta.connections, meta.suspects
  meta.shown_figures, meta.shown_figures_as_of = meta.figures, meta.figures_as_of
  meta.shown_version, meta.shown_as_of = meta.version, NOW
  if not may_have_members(DEAD) then
    meta.shown_until = next_end() or 0
  end
end
