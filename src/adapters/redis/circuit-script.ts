/**
 * Keeps the circuit of a fleet, in Redis.
 *
 * The circuit is one hash. `s` holds its numbers, `p` the member that sent the last probe, and `m…`
 * is a member: its last sequence number, when it was seen, the run of failures in which it has failed,
 * and what it was given then. A report that comes twice counts once.
 *
 * *Closed*, it weighs what the members report, as a circuit of one process does: an error is 3 points,
 * a time-out 8, a quick answer takes 8 back and a slow one 4. With 24 points it opens, if enough
 * members have failed since an answer last took all points back, and no answer was reported in the
 * last quarter of a second. *Open*, it lets probes out, each by one member, spaced for the whole fleet.
 * With the first answer it is *half-open*: a window of attempts in flight, which grows with quick
 * answers. It closes when half of the window is free and no member waits.
 *
 * Arguments: member, sequence; errors, time-outs, quick and slow answers; the generation and the cut
 * that the member knows; errors and time-outs of attempts that it was let through for since that cut;
 * how many attempts of that generation have ended; how many wait; for how long the server asked to be
 * left alone; whether the member follows a circuit that is not closed (1, or 2 if it was opened by hand), for how
 * long it has been so, and after how many probes; how
 * long a place is kept for an attempt; how close to a quick answer failures are no queue; what was
 * done by hand (`open` or `close`); and a random number from 0 up to 1. Times are milliseconds.
 *
 * The answer: members, generation, cut, state (0 closed, 1 half-open, 2 open, 3 open by hand), how
 * many attempts may go, when to ask again, when to report again, the outage's age, its probes, and how
 * often the circuit was closed by hand.
 */
export const CIRCUIT_SCRIPT = `
local CLOSED, HALF_OPEN, OPEN, BY_HAND = 0, 1, 2, 3
local NAMES = { 'generation', 'kind', 'cut', 'since', 'closedAt', 'probes', 'nextAt', 'probedAt',
  'calls', 'window', 'held', 'grantedAt', 'steep', 'calm', 'points', 'errorsInARow',
  'answeredAt', 'quickAt', 'unmetAt', 'run', 'failing', 'failedAt', 'seenFrom', 'seen',
  'seenBefore', 'closings', 'cursor' }
local key, id, sequence = KEYS[1], ARGV[1], tonumber(ARGV[2])
local errors, timeouts, quick, slow = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local generation, cut, heldErrors = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local heldTimeouts, ended, want = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local hold, follows, age = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
local probed, lease, amid = tonumber(ARGV[16]), tonumber(ARGV[17]), tonumber(ARGV[18])
local command, random = ARGV[19], tonumber(ARGV[20])

local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local stored = redis.call('HMGET', key, 's', 'p', 'm' .. id)
local s = {}
local isNew = not stored[1]
for _, name in ipairs(NAMES) do s[name] = 0 end
if isNew then
  s.generation, s.steep, s.run, s.seenFrom = math.floor(now), 1, 1, now
else
  local index = 0
  for number in string.gmatch(stored[1], '%S+') do
    index = index + 1
    if NAMES[index] then s[NAMES[index]] = tonumber(number) end
  end
end
local prober = stored[2] or ''
local seenSequence, seenAt, seenRun, given = string.match(stored[3] or '', '^(%S+) (%S+) (%S+) (%S+)$')
seenSequence, seenAt = tonumber(seenSequence or 0), tonumber(seenAt or -1)
seenRun, given = tonumber(seenRun or 0), tonumber(given or 0)

local members, beat
local function countMembers()
  members = math.max(s.seen, s.seenBefore, 1)
  beat = math.min(math.max(10 * members, 2000), 60000)
end
countMembers()

local function answer(granted)
  local comeBack = math.min(math.max(members / 5, 50), 500)
  local again = comeBack
  if s.kind == OPEN then
    again = math.min(math.max(s.nextAt - now, comeBack), math.max(1000, members))
  elseif s.kind == BY_HAND then
    again = 1000
  end
  local report = beat
  if s.kind ~= CLOSED or s.points > 0 then report = math.min(math.max(beat / 4, 1000), beat) end
  return { members, string.format('%.17g', s.generation), s.cut, s.kind, granted,
    string.format('%.4f', again), string.format('%.4f', report),
    string.format('%.4f', s.kind == CLOSED and 0 or now - s.since), s.probes, s.closings }
end

-- It was sent twice, or overtaken by a later one.
if sequence <= seenSequence then return answer(sequence == seenSequence and given or 0) end

local span = math.max(15000, 2 * beat)
if now - s.seenFrom >= span or now < s.seenFrom then
  s.seenBefore = now - s.seenFrom >= 2 * span and 0 or s.seen
  s.seen, s.seenFrom = 0, now
  local page = redis.call('HSCAN', key, string.format('%d', s.cursor), 'MATCH', 'm*', 'COUNT', 1000)
  s.cursor = tonumber(page[1])
  for index = 1, #page[2], 2 do
    local seen = tonumber(string.match(page[2][index + 1], '^%S+ (%S+) ') or 0)
    if seen < now - 2 * span then redis.call('HDEL', key, page[2][index]) end
  end
end
if seenAt < s.seenFrom then s.seen = s.seen + 1 end
countMembers()

local function newRun()
  s.points, s.failing, s.run = 0, 0, s.run + 1
end
local function gap()
  local longest = math.min(math.max(250, 0.02 * (now - s.since)), 30000)
  return longest * (0.75 + 0.5 * random)
end
local function open()
  local goesOn = s.kind == HALF_OPEN or now - s.closedAt < 5000
  if not goesOn then s.since, s.probes = now, 0 end
  s.generation, s.cut, s.kind = math.max(s.generation + 1, math.floor(now)), 0, OPEN
  s.probes, s.probedAt, s.calls, s.held = s.probes + 1, now, 0, 0
  s.nextAt = now + gap()
  newRun()
end

-- The store has forgotten it, and its members have not.
local isYoung = now - s.generation < 10000 and s.answeredAt == 0 and s.closings == 0
if follows > 0 and s.kind == CLOSED and isYoung and generation ~= s.generation then
  s.since, s.probes, s.kind = now - age, math.max(probed, 1), follows == 2 and BY_HAND or OPEN
  s.probedAt, s.nextAt = now, now
end
if command == 'open' then
  s.generation, s.cut, s.kind = math.max(s.generation + 1, math.floor(now)), 0, BY_HAND
  s.since, s.held = now, 0
elseif command == 'close' then
  s.generation, s.cut, s.kind = math.max(s.generation + 1, math.floor(now)), 0, CLOSED
  s.closings, s.closedAt, s.errorsInARow = s.closings + 1, 0, 0
  newRun()
end

local isOurs = generation == s.generation
if isOurs and s.kind == CLOSED then
  errors, timeouts = errors + heldErrors, timeouts + heldTimeouts
end
local answers, failures = quick + slow, errors + timeouts
if answers > 0 then s.answeredAt, s.errorsInARow = now, 0 end
if quick > 0 then s.quickAt = now end

if s.kind == CLOSED then
  if now - s.failedAt > 30000 then newRun() end
  s.points = math.min(math.max(s.points + 3 * errors + 8 * timeouts - 8 * quick - 4 * slow, 0), 24)
  if s.points == 0 and answers > 0 then newRun() end
  if failures > 0 then
    s.failedAt = now
    s.errorsInARow = timeouts > 0 and 0 or s.errorsInARow + errors
    if s.points > 0 and seenRun ~= s.run then
      seenRun, s.failing = s.run, s.failing + 1
    end
  end
  local enough = math.max(members < 4 and 2 or 3, math.ceil(math.sqrt(members)))
  if s.points >= 24 and s.failing >= enough and now - s.answeredAt > 250 then open() end
elseif s.kind == OPEN and answers > 0 and failures == 0 then
  s.kind, s.window, s.held, s.steep, s.calm, s.points = HALF_OPEN, 1, 0, 1, 0, 0
  s.cut, s.probes = s.cut + 1, math.max(s.probes - 1, 0)
end
if s.kind == OPEN and hold > 0 then s.nextAt = math.max(s.nextAt, now + math.min(hold, 60000)) end

if s.kind == HALF_OPEN then
  if isOurs then s.held = math.max(s.held - ended, 0) end
  -- Who does not follow takes no place, and says nothing of how many there may be.
  local told = isOurs and math.min(ended, answers) or 0
  local swift = math.min(quick, told)
  local steps = s.steep == 1 and swift or swift * math.max(0.05, 1 / s.window)
  s.window = s.window + steps + 0.05 * (told - swift)
  s.calm = s.calm + answers
  s.points = math.max(s.points - 8 * quick - 4 * slow, 0)
  if isOurs and cut == s.cut and heldErrors + heldTimeouts > 0 then
    s.points = s.points + 3 * heldErrors + 8 * heldTimeouts
    s.errorsInARow = heldTimeouts > 0 and 0 or s.errorsInARow + heldErrors
    if s.errorsInARow >= 12 then
      open()
    elseif s.points >= 24 then
      s.points = 0
      if now - s.quickAt >= amid then
        s.window, s.steep, s.cut = s.window / 2, 0, s.cut + 1
        if s.window < 1 then open() end
      end
    end
  end
end

local granted = 0
if want > 0 and s.kind == HALF_OPEN then
  -- A member that has died gives nothing back.
  if s.held > 0 and now - s.grantedAt > lease then s.held = 0 end
  granted = math.max(math.min(want, math.floor(s.window - s.held)), 0)
  s.held = s.held + granted
  if granted > 0 then s.grantedAt = now end
  if granted < want then s.unmetAt, s.calm = now, 0 end
elseif want > 0 and s.kind == OPEN then
  s.calls = s.calls + want
  local enough = s.calls >= math.min(4, 2 ^ math.min(s.probes, 20)) or now - s.probedAt >= 15000
  -- Whoever has probed last lets others go first: its own network may be what is broken.
  local mayGo = (members > 1 and prober == id) and 2 * s.nextAt - s.probedAt or s.nextAt
  if enough and now >= mayGo then
    granted, prober = 1, id
    s.probes, s.probedAt, s.calls = s.probes + 1, now, 0
    s.nextAt = now + gap()
  end
  if granted < want then s.unmetAt = now end
end
if s.kind == HALF_OPEN and answers > 0 then
  -- So long it takes at most until a member that waits has asked again.
  local isCalm = now - s.unmetAt > math.max(400, 2 * math.min(members / 5, 500))
  if isCalm and s.held < s.window / 2 and (quick > 0 or s.calm >= 20) then
    s.kind, s.closedAt = CLOSED, now
    newRun()
  end
end

local numbers = {}
for index, name in ipairs(NAMES) do numbers[index] = string.format('%.17g', s[name]) end
local kept = string.format('%.17g %.17g %.17g %d', sequence, now, seenRun, granted)
redis.call('HSET', key, 's', table.concat(numbers, ' '), 'p', prober, 'm' .. id, kept)
redis.call('PEXPIRE', key, s.kind == BY_HAND and 86400000 or math.ceil(2 * span + 60000))
return answer(granted)
`;
