-- Takes from all counters, or from none.
-- KEYS: the reservation, then counter and holds of each limit.
-- ARGV: time to live, time that the record of an expired reservation is kept, name of the reservation, names of its
--       counters as a text, then of each limit: kind, 1 to enforce, 1 to hold, amount, limit, and two numbers that its
--       kind needs.
-- Gives 0 (refused) or 1 (granted), the time, and of each limit: verdict, remaining, reset, retry. Or 2 and the time
-- when a calendar window is not the present one. Or 3, the time, the counters and the rest of the first answer when it
-- was granted before.
local GLOBAL, FIELDS = 4, 7

local now = server_now()
local known = load(KEYS[1])
if known then
  return { 3, now, known[6], unpack(known[4]) }
end

-- Clients add up the digits of an integer, and not all of them exactly to the last one; a text they leave alone.
local function exact(value)
  return value < 9000000000000000 and value or whole(value)
end

local ttl, keep, name = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local count = (#ARGV - GLOBAL) / FIELDS
for index = 1, count do
  local base = GLOBAL + (index - 1) * FIELDS
  if tonumber(ARGV[base + 1]) == CALENDAR then
    if now < tonumber(ARGV[base + 6]) or now >= tonumber(ARGV[base + 7]) then return { 2, now } end
  end
end

local counters, released, verdicts = {}, {}, {}
local granted = true
for index = 1, count do
  local base = GLOBAL + (index - 1) * FIELDS
  local limit = tonumber(ARGV[base + 5])
  local stored = load(KEYS[2 * index])
  local counter = refresh(
    stored, tonumber(ARGV[base + 1]), now, limit, tonumber(ARGV[base + 6]), tonumber(ARGV[base + 7])
  )
  if stored and ARGV[base + 3] == "1" then
    released[index] = release_expired(counter, KEYS[2 * index + 1], now)
  end
  -- Nothing at all fits into a limit that is used up.
  local need = math.max(1, tonumber(ARGV[base + 4]))
  local verdict = 0
  if need > limit then
    verdict = LARGER_THAN_LIMIT
  elseif need > room_of(counter, limit) then
    verdict = NO_ROOM
  end
  if verdict ~= 0 and ARGV[base + 2] == "1" then granted = false end
  counters[index] = counter
  verdicts[index] = verdict
end

local answer, taken, terms = {}, {}, {}
local at_text, expires_text = whole(now), whole(now + ttl)
for index = 1, count do
  local base = GLOBAL + (index - 1) * FIELDS
  local amount, limit = tonumber(ARGV[base + 4]), tonumber(ARGV[base + 5])
  local counter, verdict = counters[index], verdicts[index]
  local takes = granted and verdict == 0
  local held = ARGV[base + 3] == "1"
  if takes then add(counter, amount, taken_at(counter, now), now) end
  if takes or released[index] then
    if takes and held then counter[4] = math.min(counter[4], now + ttl) end
    local lifetime = store_counter(KEYS[2 * index], counter, now, ttl + keep)
    if takes and held then
      redis.call("ZADD", KEYS[2 * index + 1], expires_text, member_of(ARGV[base + 4], at_text, name))
      redis.call("PEXPIRE", KEYS[2 * index + 1], lifetime)
    end
  end
  taken[2 * index - 1] = takes and ARGV[base + 4]
  taken[2 * index] = held and 1 or 0
  for position, field in ipairs({ 1, 2, 5, 6, 7 }) do
    terms[(index - 1) * 5 + position] = tonumber(ARGV[base + field])
  end
  local retry = UNKNOWN
  if verdict == NO_ROOM then retry = retry_of(counter, math.max(1, amount), limit, now) end
  answer[#answer + 1] = verdict
  answer[#answer + 1] = exact(math.max(0, room_of(counter, limit)))
  answer[#answer + 1] = exact(bounded(reset_of(counter, now)))
  answer[#answer + 1] = exact(bounded(retry))
end

if not granted then
  return { 0, now, unpack(answer) }
end
-- The record: when, until when, of each limit what it took (false: nothing) and whether it is held, the answer, whether
-- it is settled, its counters, and of each limit kind, 1 to enforce, limit, and the two numbers that its kind needs.
store(KEYS[1], { now, now + ttl, taken, answer, false, ARGV[4], terms }, ttl + keep)
return { 1, now, unpack(answer) }
