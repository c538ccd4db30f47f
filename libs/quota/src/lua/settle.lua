-- Replaces what was reserved by what was used, once.
-- KEYS: as for reserve.
-- ARGV: time that the record of a settled reservation is kept, name of the reservation, then for each limit what was
--       used; empty where what was reserved stands.
-- Gives 0 (settled), 1 (settled after it had expired), 2 (was settled before) or 3 (no such reservation), and the time.
local now = server_now()
local record = load(KEYS[1])
if not record or #KEYS - 1 ~= #record[3] then return { 3, now } end
if record[5] then return { 2, now } end

local at, expires, taken = record[1], record[2], record[3]
local at_text = whole(at)
for index = 1, #taken / 2 do
  local amount_text = taken[2 * index - 1]
  if amount_text then
    local amount = tonumber(amount_text)
    local used = tonumber(ARGV[2 + index]) or amount
    local standing = true
    if taken[2 * index] == 1 then
      standing = redis.call("ZREM", KEYS[2 * index + 1], member_of(amount_text, at_text, ARGV[2])) == 1
    end
    local change = used - (standing and amount or 0)
    local counter = change ~= 0 and load(KEYS[2 * index])
    if counter then
      add(counter, change, at, now)
      store_counter(KEYS[2 * index], counter, now, 0)
    end
  end
end

record[5] = true
store(KEYS[1], record, tonumber(ARGV[1]))
return { now >= expires and 1 or 0, now }
