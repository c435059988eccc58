import { scriptName } from './script-name.ts';

/**
 * Gives out slots of one limit, in Redis.
 *
 * A slot is a moment of the schedule: no two are closer than the interval, and a slot may be used
 * until it is `valid` milliseconds old. So in any t milliseconds at most `t + valid` milliseconds of
 * slots are used, however many members hold them.
 *
 * A call of several tokens can only use them together. The first tokens of such a call are given so
 * that the first has not expired when the last is due, and the other members are told of the call, so
 * that they ask for as many.
 *
 * Members tell what the limited server did with their attempts. Where five in a row were throttled, of
 * two members at least, and none that started since was accepted, the limit is stopped: slots are
 * given for one probe at a time, at doubling distances, until one is accepted. The server's own word
 * for the end counts once two members have heard it two seconds apart.
 *
 * The limit is one hash. `s` holds the schedule: the next slot, when somebody last asked, when the
 * hash was born, the learning mode (since, until, members, joined), when it was last swept, and the
 * heaviest call that was lately asked for (its tokens, until when it counts). `h`
 * holds the slots before the next one that nobody has: skipped or returned. `t` holds what members
 * told: when the latest accepted attempt started, the throttles in a row, since when, the latest, when
 * the stop began (0: there is none), its next probe, the distance after it, the end that was named,
 * when, whether it is trusted, whether two members agree, who began, and who named the end. `m…` is a
 * member: its last sequence number, when it was seen, and what it was given then.
 *
 * Arguments: member, sequence, interval, valid, spare, needed, ahead, delay (of the answer), members
 * known, lead, hash known (its birth), whether the member was alone, returned slots, whether it
 * leaves, when it asked at the latest, or 0 where it does not know the server's time, what it tells
 * (start of its latest accepted attempt, new throttles, start of the latest of them, the end that it
 * named, each 0 where there is none), the tokens of a probe, or 0 if it knows of no stop, and how many
 * of the needed tokens are of use only together.
 * Slots are written `start/count/spacing`, several with `;`. Times are milliseconds of the server.
 *
 * The answer: now, members, birth of the hash, slots, whether it is in learning mode, and throttles in
 * a row, beginning of the stop or 0, next probe, whether that is the trusted end; and the tokens of the
 * heaviest call.
 */
export const LEASE_SCRIPT = `
local FORGOTTEN_AFTER, SWEPT_EVERY, LEARNS_FOR, AWAY_AFTER, MOST_HOLES, HEAVY_FOR = 10000, 1000, 2000, 100, 32, 1000
local key, member, sequence = KEYS[1], 'm' .. ARGV[1], tonumber(ARGV[2])
local interval, valid, spare = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local needed, ahead, delay = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local known, lead, bornKnown = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local wasAlone, returned, leaves = ARGV[12] == '1', ARGV[13], ARGV[14] == '1'
local asked, probe, whole = tonumber(ARGV[15]), tonumber(ARGV[17]), tonumber(ARGV[18])
local LONG_RUN, FIRST_DISTANCE, LAST_DISTANCE, LONGEST_PAUSE, APART = 5, 250, 30000, 60000, 2000

local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
-- A question that waited for the server: the member has not waited for the answer.
if asked > 0 and now - asked > delay + AWAY_AFTER then wasAlone = true end
local stored = redis.call('HMGET', key, 's', 'h', member, 't')
local state = {}
for number in string.gmatch(stored[1] or '', '%S+') do state[#state + 1] = tonumber(number) end
local nextSlot, askedAt, born, since, until_, learners, joined, sweptAt = unpack(state)
local heaviest, heavyUntil = state[9] or 1, state[10] or 0
if now > heavyUntil then heaviest = 1 end
local isNew = nextSlot == nil
if isNew then
  nextSlot, askedAt, born, since, until_, learners, joined, sweptAt = now, now, now, 0, 0, 0, 0, now
end
-- A clock that was set back must not close the limit.
if nextSlot > now + 3600000 + valid + 1000 * interval then nextSlot = now end

local told = {}
for word in string.gmatch(stored[4] or '', '%S+') do told[#told + 1] = tonumber(word) or word end
if #told == 0 then told = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '-', '-' } end
local acceptedAt, run, runSince, throttledAt, stoppedAt, probeAt, distance = unpack(told)
local namedEnd, namedAt, isTrusted, isAgreed, begunBy, namedBy = unpack(told, 8)

local function answer(slots)
  local members = redis.call('HLEN', key) - 3
  if now < until_ then members = math.max(members, learners) end
  local learns = now < until_ and 1 or 0
  local seen = string.format('%d %.4f %.4f %d', run, stoppedAt, probeAt, isTrusted)
  return { string.format('%.4f', now), math.max(members, 1), string.format('%.17g', born), slots, learns, seen, heaviest }
end

local seenSequence, seenAt, given = string.match(stored[3] or '', '^(%d+) (%S+) (.*)$')
seenSequence, seenAt = tonumber(seenSequence or 0), tonumber(seenAt or 0)
-- It was sent twice: what was given then is given again, and nothing else.
if sequence <= seenSequence then
  return answer(sequence == seenSequence and given or '')
end

local accepted, throttles, latest, named = string.match(ARGV[16], '(%S+) (%S+) (%S+) (%S+)')
accepted, throttles, latest, named =
  tonumber(accepted), tonumber(throttles), tonumber(latest), tonumber(named)
acceptedAt = math.max(acceptedAt, accepted)
-- What nobody asked about for so long may have changed.
if acceptedAt > runSince or (stoppedAt == 0 and now - throttledAt > FORGOTTEN_AFTER) then
  run, stoppedAt, probeAt, namedEnd, namedAt, isTrusted = 0, 0, 0, 0, 0, 0
end
if throttles > 0 and latest > acceptedAt then
  if run == 0 then runSince, begunBy, isAgreed = latest, member, 0 end
  run, throttledAt = run + throttles, now
  if begunBy ~= member then isAgreed = 1 end
  if named > 0 and now - namedAt >= APART then
    local isSame = math.abs(named - namedEnd) <= 1000 + 0.05 * (now - namedAt)
    if not isSame then
      namedEnd, namedAt, namedBy, isTrusted = named, now, member, 0
    elseif namedBy ~= member then
      isTrusted = 1
    end
  end
  if stoppedAt == 0 and isAgreed == 1 and run >= LONG_RUN then
    stoppedAt, distance = now, FIRST_DISTANCE
    probeAt = now + distance
  end
  if isTrusted == 1 then
    probeAt = math.max(probeAt, math.min(namedEnd, now + LONGEST_PAUSE))
  end
end
if stoppedAt > 0 then
  ahead = 0
  if probe > 0 and now >= probeAt then
    needed, distance = math.min(needed, probe), math.min(2 * distance, LAST_DISTANCE)
    probeAt = now + distance
  else
    needed = 0
  end
end

local holes = {}
local function addHoles(text)
  for start, count, spacing in string.gmatch(text, '([^/;]+)/([^/;]+)/([^/;]+)') do
    holes[#holes + 1] = { tonumber(start), tonumber(count), tonumber(spacing) }
  end
end
addHoles(stored[2] or '')
addHoles(returned)

-- Members that the store does not know, or that it has not seen for a while, may use slots of the
-- store's last life, or their local share. Until they have asked, their share is not given to others.
local isSurvivor = bornKnown > 0 and bornKnown ~= born and now >= until_
local isFirstBack = wasAlone and (isNew or now - askedAt > AWAY_AFTER)
if known > 0 and (isSurvivor or isFirstBack) then
  since, until_, learners, joined = now, now + LEARNS_FOR, known, 0
  nextSlot = math.max(nextSlot, now + (isSurvivor and lead or 0))
  holes = {}
end
if now < until_ then
  learners = math.max(learners, known)
  if seenAt < since then joined = joined + 1 end
end
local spacing = interval
if now < until_ and joined < learners then spacing = interval * learners / math.max(joined, 1) end

local pieces = {}
local function give(start, count, spaced)
  pieces[#pieces + 1] = { start, count, spaced }
end
-- Gives the slots that come first, none of them before the earliest.
local function take(count, earliest)
  local kept = {}
  for _, hole in ipairs(holes) do
    local start, free, spaced = hole[1], hole[2], hole[3]
    local gone = math.min(math.max(math.ceil((now - valid - start) / spaced), 0), free)
    start, free = start + gone * spaced, free - gone
    local skipped = math.min(math.max(math.ceil((earliest - start) / spaced), 0), free)
    local taken = math.min(free - skipped, count)
    if taken > 0 then
      give(start + skipped * spaced, taken, spaced)
      count = count - taken
    else
      skipped = free
    end
    if skipped > 0 then kept[#kept + 1] = { start, skipped, spaced } end
    local rest = free - skipped - taken
    if taken > 0 and rest > 0 then
      kept[#kept + 1] = { start + (skipped + taken) * spaced, rest, spaced }
    end
  end
  holes = kept
  if count <= 0 then return end
  local start = math.max(nextSlot, earliest)
  local first = math.max(nextSlot, now - valid)
  local skipped = math.floor((start - first) / spacing)
  if skipped > 0 then holes[#holes + 1] = { first, skipped, spacing } end
  -- Tokens that are of use only together come one after the other, and the pause after them.
  give(start, count, whole > 1 and interval or spacing)
  nextSlot = start + count * spacing
end
-- How much too old the first would be when the last of a whole call is due.
local function excess()
  table.sort(pieces, function(one, other) return one[1] < other[1] end)
  local missing, last = whole, 0
  for _, piece in ipairs(pieces) do
    if missing <= 0 then break end
    local used = math.min(piece[2], missing)
    last, missing = piece[1] + (used - 1) * piece[3], missing - used
  end
  return last - pieces[1][1] - valid
end
local function takeWhole(count, earliest)
  local oldHoles, oldNext = holes, nextSlot
  for try = 1, 8 do
    take(count, earliest)
    local over = excess()
    if over < 0.001 or try == 8 then return end
    earliest = math.max(pieces[1][1] + over, earliest + interval)
    if try == 7 then earliest = math.max(earliest, oldNext) end
    holes, nextSlot, pieces = oldHoles, oldNext, {}
  end
end
if whole > 1 and needed > 0 then
  takeWhole(needed, now + delay + spare - valid)
else
  take(needed, now + delay + spare - valid)
end
take(ahead, now + delay)
local slots = {}
for index, piece in ipairs(pieces) do
  slots[index] = string.format('%.4f/%d/%.9g', piece[1], piece[2], piece[3])
end
slots = table.concat(slots, ';')
if needed > 0 and whole >= heaviest then
  heaviest, heavyUntil = whole, math.max(nextSlot, now) + HEAVY_FOR
end

if now - sweptAt > SWEPT_EVERY or now < sweptAt then
  sweptAt = now
  local fields = redis.call('HGETALL', key)
  for index = 1, #fields, 2 do
    local _, seen = string.match(fields[index + 1], '^(%d+) (%S+) ')
    if string.sub(fields[index], 1, 1) == 'm' and now - tonumber(seen or 0) > FORGOTTEN_AFTER then
      redis.call('HDEL', key, fields[index])
    end
  end
end
local holesText = {}
for index = math.max(#holes - MOST_HOLES + 1, 1), #holes do
  local hole = holes[index]
  holesText[#holesText + 1] = string.format('%.4f/%d/%.9g', hole[1], hole[2], hole[3])
end
state = string.format('%.17g %.17g %.17g %.17g %.17g %d %d %.17g %d %.17g',
  nextSlot, now, born, since, until_, learners, joined, sweptAt, heaviest, heavyUntil)
local kept = string.format('%d %.17g %s', sequence, now, slots)
told = string.format('%.17g %d %.17g %.17g %.17g %.17g %d %.17g %.17g %d %d %s %s', acceptedAt, run,
  runSince, throttledAt, stoppedAt, probeAt, distance, namedEnd, namedAt, isTrusted, isAgreed, begunBy,
  namedBy)
redis.call('HSET', key, 's', state, 'h', table.concat(holesText, ';'), 't', told, member, kept)
if leaves then redis.call('HDEL', key, member) end
redis.call('PEXPIRE', key, math.ceil(math.max(nextSlot, probeAt, now) - now + valid + FORGOTTEN_AFTER))
return answer(slots)
`;

/** How long the hash of a limit outlives the last time that anybody asked, in milliseconds. */
export const LIMIT_LIVES_MS = 10_000;

/** The name by which Redis remembers the script. */
export const leaseScriptSha1 = (): Promise<string> => scriptName(LEASE_SCRIPT);
