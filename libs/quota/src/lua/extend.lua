-- Lets a reservation that is open live longer, never shorter.
-- KEYS: as for reserve.
-- ARGV: time to live from now, time that the record of an expired reservation is kept, name of the reservation.
-- Gives 0 (extended), 1 (has expired), 2 (is settled) or 3 (no such reservation), and the time.
local now = server_now()
local record = load(KEYS[1])
if not record or #KEYS - 1 ~= #record[3] then return { 3, now } end
if record[5] then return { 2, now } end
if now >= record[2] then return { 1, now } end

local at_text, taken = whole(record[1]), record[3]
record[2] = math.max(record[2], now + tonumber(ARGV[1]))
local left = record[2] - now + tonumber(ARGV[2])
for index = 1, #taken / 2 do
  local amount = taken[2 * index - 1]
  local counter = amount and load(KEYS[2 * index])
  if counter then
    local lifetime = store_counter(KEYS[2 * index], counter, now, left)
    if taken[2 * index] == 1 then
      redis.call("ZADD", KEYS[2 * index + 1], "XX", whole(record[2]), member_of(amount, at_text, ARGV[3]))
      redis.call("PEXPIRE", KEYS[2 * index + 1], lifetime)
    end
  end
end
store(KEYS[1], record, left)
return { 0, now }
