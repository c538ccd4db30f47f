-- What the scripts share: the counters. src/internal/counters has the same in TypeScript, for the local quota, with
-- the reasons; a test runs both on the same operations and compares every answer.
--
-- A counter is an array: kind, used, keep_until, next_expiry (no hold expires before), then what its kind needs.
--   concurrent  -
--   calendar    from, to                                               (ms since the epoch)
--   bucket      anchor, granted, full_at, refill, interval, capacity   (used is the level here)
--   rolling     interval, slot_ms, slots                               (slots: number of the slot -> amount)

local MAX = 9007199254740991
local CONCURRENT, CALENDAR, BUCKET, ROLLING = 1, 2, 3, 4
local NO_ROOM, LARGER_THAN_LIMIT = 1, 2
local UNKNOWN = -1
-- Expired holds that one call gives back per counter; the rest waits for the next call.
local RELEASES_PER_CALL = 1000

local function bounded(value)
  if value > MAX then return MAX end
  if value < -MAX then return -MAX end
  return value
end

local function refilled(elapsed, refill, interval)
  local product = elapsed * refill
  return (product - math.fmod(product, interval)) / interval
end

local function refresh_bucket(counter, now, capacity, refill, interval)
  local elapsed = now - counter[5]
  if elapsed > 0 then
    local old_refill, old_interval = counter[8], counter[9]
    local intervals = math.floor(elapsed / old_interval)
    local rest = refilled(elapsed - intervals * old_interval, old_refill, old_interval)
    counter[2] = bounded(counter[2] + (intervals * old_refill + rest - counter[6]))
    counter[5] = counter[5] + intervals * old_interval
    counter[6] = rest
  end
  if counter[8] ~= refill or counter[9] ~= interval then
    if elapsed > 0 then counter[5] = now end
    counter[6] = 0
    counter[8] = refill
    counter[9] = interval
  end
  counter[10] = capacity
  if counter[2] >= capacity then
    counter[2] = capacity
    if elapsed > 0 then
      counter[5] = now
      counter[6] = 0
      counter[7] = now
    end
  end
  return counter
end

local function refresh_rolling(counter, now)
  local interval, slot_ms, slots = counter[5], counter[6], counter[7]
  for slot, amount in pairs(slots) do
    if (slot + 1) * slot_ms <= now - interval then
      counter[2] = counter[2] - amount
      slots[slot] = nil
    end
  end
  return counter
end

-- Brings a counter up to now, or makes it. `counter` is false where there is none yet.
local function refresh(counter, kind, now, limit, a, b)
  if kind == CONCURRENT then
    return counter or { kind, 0, 0, MAX }
  elseif kind == CALENDAR then
    -- A later window than ours: the server's clock went back. What was counted stays counted.
    if counter and counter[5] >= a then return counter end
    return { kind, 0, counter and counter[3] or 0, counter and counter[4] or MAX, a, b }
  elseif kind == BUCKET then
    if not counter then return { kind, limit, 0, MAX, now, 0, now, a, b, limit } end
    return refresh_bucket(counter, now, limit, a, b)
  end
  if not counter then return { kind, 0, 0, MAX, a, b, {} } end
  return refresh_rolling(counter, now)
end

local function room_of(counter, limit)
  if counter[1] == BUCKET then return counter[2] end
  return limit - counter[2]
end

-- Adds to what was taken at the time `at`; a negative amount gives back.
local function add(counter, amount, at, now)
  local kind = counter[1]
  if kind == CONCURRENT then
    counter[2] = bounded(counter[2] + amount)
  elseif kind == CALENDAR then
    if at >= counter[5] then counter[2] = bounded(counter[2] + amount) end
  elseif kind == BUCKET then
    -- What flowed in before is flowed over by now, if the bucket was full.
    refresh_bucket(counter, now, counter[10], counter[8], counter[9])
    if amount > 0 or counter[7] <= at then
      counter[2] = math.min(counter[10], bounded(counter[2] - amount))
    end
  else
    local slot_ms, slots = counter[6], counter[7]
    local slot = math.floor(at / slot_ms)
    if (slot + 1) * slot_ms > now - counter[5] then
      local before = slots[slot] or 0
      local after = bounded(before + amount)
      slots[slot] = after ~= 0 and after or nil
      counter[2] = bounded(counter[2] + (after - before))
    end
  end
end

-- Whether what was taken at the time `at` counts still.
local function counts_at(counter, at, now)
  local kind = counter[1]
  if kind == CALENDAR then return at >= counter[5] and now < counter[6] end
  if kind == ROLLING then return (math.floor(at / counter[6]) + 1) * counter[6] > now - counter[5] end
  return true
end

-- When what is taken now is counted: never before the window, whatever the server's clock does.
local function taken_at(counter, now)
  if counter[1] == CALENDAR then return math.max(now, counter[5]) end
  return now
end

-- Milliseconds until the counter is as if nothing had been taken; of a rolling one, until something comes back.
local function reset_of(counter, now)
  local kind = counter[1]
  if kind == CALENDAR then return math.max(0, counter[6] - now) end
  if kind == BUCKET then
    local missing = counter[10] - counter[2]
    if missing <= 0 then return 0 end
    return math.max(0, counter[5] + math.ceil((counter[6] + missing) * counter[9] / counter[8]) - now)
  end
  if kind == ROLLING then
    local first
    for slot in pairs(counter[7]) do
      if not first or slot < first then first = slot end
    end
    if not first then return 0 end
    return math.max(0, (first + 1) * counter[6] + counter[5] - now)
  end
  return UNKNOWN
end

-- Milliseconds until `need` would have room if nothing else were taken.
local function retry_of(counter, need, limit, now)
  local kind = counter[1]
  if kind == CALENDAR then return math.max(0, counter[6] - now) end
  if kind == BUCKET then
    local missing = need - counter[2]
    return math.max(0, counter[5] + math.ceil((counter[6] + missing) * counter[9] / counter[8]) - now)
  end
  if kind == ROLLING then
    local numbers = {}
    for slot in pairs(counter[7]) do numbers[#numbers + 1] = slot end
    table.sort(numbers)
    local used = counter[2]
    for _, slot in ipairs(numbers) do
      used = used - counter[7][slot]
      if need <= limit - used then return math.max(0, (slot + 1) * counter[6] + counter[5] - now) end
    end
  end
  return UNKNOWN
end

-- Milliseconds after which a counter that nobody touches says nothing any more.
local function meaning_of(counter, now)
  local kind = counter[1]
  if kind == CALENDAR or kind == BUCKET then return reset_of(counter, now) end
  if kind == ROLLING then return counter[5] + counter[6] end
  return 0
end

local function load(key)
  local packed = redis.call("GET", key)
  return packed and cmsgpack.unpack(packed)
end

-- An integer as text. Numbers that are handed to a command are written as floating point, which takes much longer.
local function whole(number)
  return string.format("%d", number)
end

-- Returns the lifetime as the commands take it.
local function store(key, value, milliseconds)
  local lifetime = whole(bounded(math.max(1, milliseconds)))
  redis.call("SET", key, cmsgpack.pack(value), "PX", lifetime)
  return lifetime
end

-- Keeps the counter until it says nothing any more, and `at_least` milliseconds so that it can be corrected.
local function store_counter(key, counter, now, at_least)
  counter[3] = math.max(counter[3], now + meaning_of(counter, now) + at_least)
  return store(key, counter, counter[3] - now)
end

-- The member of a hold says what expiry gives back, so that no other key has to be read for it.
-- `amount` and `at` are texts.
local function member_of(amount, at, reservation)
  return amount .. ":" .. at .. ":" .. reservation
end

-- Gives back what reservations hold that nobody settled in time. Returns whether there were any.
local function release_expired(counter, holds, now)
  if now < counter[4] then return false end
  local expired = redis.call("ZRANGEBYSCORE", holds, "-inf", now, "LIMIT", 0, RELEASES_PER_CALL)
  for _, member in ipairs(expired) do
    local amount, at = string.match(member, "^(%d+):(%d+):")
    add(counter, -tonumber(amount), tonumber(at), now)
  end
  if #expired > 0 then redis.call("ZREM", holds, unpack(expired)) end
  local first = redis.call("ZRANGE", holds, 0, 0, "WITHSCORES")
  counter[4] = tonumber(first[2]) or MAX
  return true
end
