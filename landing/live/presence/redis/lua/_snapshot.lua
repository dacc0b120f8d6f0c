-- What is shown: the numbers that are true together, and their version (rule 7).

local function after_now()
  return string.format('(%.0f', NOW)
end

-- Whether the numbers stand still until a resync is whole (rule 3).
local function is_waiting()
  return redis.call('ZCOUNT', RESYNCING, after_now(), '+inf') > 0
end

local function is_settling()
  return NOW < meta.settling_until
end

-- {signed_in, anonymous, connections, version, as_of, figures or false, when they were
-- read or false}, or false.
local function visible()
  if is_settling() or not meta.shown_version then return false end
  return {
    meta.shown_signed_in, meta.shown_anonymous, meta.shown_connections,
    meta.shown_version, meta.shown_as_of,
    meta.shown_figures or false, meta.shown_figures_as_of or false,
  }
end

-- The version rises with every change and above whatever was seen.
local function renew_snapshot()
  if is_settling() or is_waiting() then return end
  local signed_in, anonymous = size(USER), size(VISITOR) - size(SIGNED)
  local is_same = signed_in == meta.shown_signed_in and anonymous == meta.shown_anonymous
    and meta.connections == meta.shown_connections and meta.figures == meta.shown_figures
  if not (is_same and meta.version == meta.shown_version) then
    meta.version = math.max(meta.version + 1, NOW)
  end
  meta.shown_signed_in, meta.shown_anonymous = signed_in, anonymous
  meta.shown_connections = meta.connections
  meta.shown_figures, meta.shown_figures_as_of = meta.figures, meta.figures_as_of
  meta.shown_version, meta.shown_as_of = meta.version, NOW
end
