-- Lets a reservation that is open hold more, of all its counters or of none.
-- KEYS: as for reserve.
-- ARGV: time that the record of an expired reservation is kept, name of the reservation, then for each limit how much it
--       is to hold in all; empty where that stays as it is.
-- Gives 0 (raised), the time, and the numbers of the shadow limits that would have refused, from 1. Or 1 (has expired),
-- 2 (is settled) or 3 (no such reservation), and the time. Or 4 (refused), the time, number of the limit, and retry.
local TERMS = 5

local now = server_now()
local record = load(KEYS[1])
if not record or not record[7] or #KEYS - 1 ~= #record[3] then return { 3, now } end
if record[5] then return { 2, now } end
if now >= record[2] then return { 1, now } end

local at, taken, terms = record[1], record[3], record[7]
local left = record[2] - now + tonumber(ARGV[1])
local raised, would_refuse = {}, {}
local refused_by, longest
for index = 1, #taken / 2 do
  local amount, wanted = tonumber(taken[2 * index - 1] or nil), tonumber(ARGV[2 + index])
  local counter = amount and wanted and wanted > amount and load(KEYS[2 * index])
  if counter then
    local base = (index - 1) * TERMS
    local kind, limit = terms[base + 1], terms[base + 3]
    -- A calendar's counter may be that of a later window by now; which one it is, only a reservation says.
    if kind ~= CALENDAR then counter = refresh(counter, kind, now, limit, terms[base + 4], terms[base + 5]) end
    local released = taken[2 * index] == 1 and release_expired(counter, KEYS[2 * index + 1], now)
    if released then store_counter(KEYS[2 * index], counter, now, left) end
    if not counts_at(counter, at, now) or wanted - amount <= room_of(counter, limit) then
      raised[#raised + 1] = { index, counter, wanted - amount }
    elseif terms[base + 2] == 0 then
      would_refuse[#would_refuse + 1] = index
    else
      local retry = retry_of(counter, wanted - amount, limit, now)
      if not longest or retry > longest then refused_by, longest = index, retry end
    end
  end
end
if refused_by then return { 4, now, refused_by, bounded(longest) } end

local at_text = whole(at)
for _, each in ipairs(raised) do
  local index, counter, more = each[1], each[2], each[3]
  add(counter, more, at, now)
  local lifetime = store_counter(KEYS[2 * index], counter, now, left)
  if taken[2 * index] == 1 then
    local holds = KEYS[2 * index + 1]
    redis.call("ZREM", holds, member_of(taken[2 * index - 1], at_text, ARGV[2]))
    redis.call("ZADD", holds, whole(record[2]), member_of(ARGV[2 + index], at_text, ARGV[2]))
    redis.call("PEXPIRE", holds, lifetime)
  end
  taken[2 * index - 1] = ARGV[2 + index]
end
if #raised > 0 then store(KEYS[1], record, left) end
return { 0, now, unpack(would_refuse) }
