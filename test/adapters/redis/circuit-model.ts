/** The script's words, as a member sends them: its own name first. */
export type CircuitWords = readonly string[];

const CLOSED = 0;
const HALF_OPEN = 1;
const OPEN = 2;
const BY_HAND = 3;

const most = Math.max;
const least = Math.min;

interface Member {
  sequence: number;
  seenAt: number;
  run: number;
  given: number;
}

const beginning = (now: number) => ({
  generation: Math.floor(now),
  kind: CLOSED,
  cut: 0,
  since: 0,
  closedAt: 0,
  probes: 0,
  nextAt: 0,
  probedAt: 0,
  calls: 0,
  window: 0,
  held: 0,
  grantedAt: 0,
  steep: true,
  calm: 0,
  points: 0,
  errorsInARow: 0,
  answeredAt: 0,
  quickAt: 0,
  unmetAt: 0,
  run: 1,
  failing: 0,
  failedAt: 0,
  seenFrom: now,
  seen: 0,
  seenBefore: 0,
  closings: 0,
});

/**
 * The fleet's circuit as the script keeps it, in memory and at a time that is handed in: for unit
 * tests, and for simulations of a thousand members. A test holds it to the script, on a real Redis.
 */
export class CircuitModel {
  #state: ReturnType<typeof beginning> | undefined;
  readonly #members = new Map<string, Member>();
  #prober = '';

  forgetAll(): void {
    this.#state = undefined;
    this.#members.clear();
    this.#prober = '';
  }

  run([id = '', ...rest]: CircuitWords, now: number): (string | number)[] {
    const [sequence = 0, errorsTold = 0, timeoutsTold = 0, quick = 0, slow = 0] = rest.map(Number);
    const [generation = 0, cut = 0, heldErrors = 0, heldTimeouts = 0, ended = 0, want = 0] = rest
      .slice(5)
      .map(Number);
    const [hold = 0, follows = 0, age = 0, probed = 0, lease = 0, amid = 0] = rest
      .slice(11)
      .map(Number);
    const command = rest[17] ?? '';
    const random = Number(rest[18]);
    const s = (this.#state ??= beginning(now));
    const known = this.#members.get(id) ?? { sequence: 0, seenAt: -1, run: 0, given: 0 };
    const member = { ...known };
    if (sequence <= member.sequence) {
      return this.#answer(sequence === member.sequence ? member.given : 0, now);
    }

    const span = most(15_000, 2 * this.#beatMs);
    if (now - s.seenFrom >= span || now < s.seenFrom) {
      s.seenBefore = now - s.seenFrom >= 2 * span ? 0 : s.seen;
      s.seen = 0;
      s.seenFrom = now;
      for (const [name, { seenAt }] of this.#members) {
        if (seenAt < now - 2 * span) this.#members.delete(name);
      }
    }
    if (member.seenAt < s.seenFrom) s.seen += 1;
    const members = this.#count;

    const isYoung = now - s.generation < 10_000 && s.answeredAt === 0 && s.closings === 0;
    if (follows > 0 && s.kind === CLOSED && isYoung && generation !== s.generation) {
      s.since = now - age;
      s.probes = most(probed, 1);
      s.kind = follows === 2 ? BY_HAND : OPEN;
      s.probedAt = now;
      s.nextAt = now;
    }
    if (command !== '') {
      s.generation = most(s.generation + 1, Math.floor(now));
      s.cut = 0;
      s.kind = command === 'open' ? BY_HAND : CLOSED;
      if (command === 'open') {
        s.since = now;
        s.held = 0;
      } else {
        s.closings += 1;
        s.closedAt = 0;
        s.errorsInARow = 0;
        this.#newRun();
      }
    }

    const isOurs = generation === s.generation;
    const counts = isOurs && s.kind === CLOSED;
    const errors = errorsTold + (counts ? heldErrors : 0);
    const timeouts = timeoutsTold + (counts ? heldTimeouts : 0);
    const answers = quick + slow;
    if (answers > 0) {
      s.answeredAt = now;
      s.errorsInARow = 0;
    }
    if (quick > 0) s.quickAt = now;
    if (s.kind === CLOSED) {
      if (now - s.failedAt > 30_000) this.#newRun();
      s.points = least(most(s.points + 3 * errors + 8 * timeouts - 8 * quick - 4 * slow, 0), 24);
      if (s.points === 0 && answers > 0) this.#newRun();
      if (errors + timeouts > 0) {
        s.failedAt = now;
        s.errorsInARow = timeouts > 0 ? 0 : s.errorsInARow + errors;
        if (s.points > 0 && member.run !== s.run) {
          member.run = s.run;
          s.failing += 1;
        }
      }
      const enough = most(members < 4 ? 2 : 3, Math.ceil(Math.sqrt(members)));
      if (s.points >= 24 && s.failing >= enough && now - s.answeredAt > 250) {
        this.#open(now, random);
      }
    } else if (s.kind === OPEN && answers > 0 && errors + timeouts === 0) {
      Object.assign(s, { kind: HALF_OPEN, window: 1, held: 0, steep: true, calm: 0, points: 0 });
      s.cut += 1;
      s.probes = most(s.probes - 1, 0);
    }
    if (s.kind === OPEN && hold > 0) s.nextAt = most(s.nextAt, now + least(hold, 60_000));

    if (s.kind === HALF_OPEN) {
      if (isOurs) s.held = most(s.held - ended, 0);
      const told = isOurs ? least(ended, answers) : 0;
      const swift = least(quick, told);
      s.window += (s.steep ? swift : swift * most(0.05, 1 / s.window)) + 0.05 * (told - swift);
      s.calm += answers;
      s.points = most(s.points - 8 * quick - 4 * slow, 0);
      if (isOurs && cut === s.cut && heldErrors + heldTimeouts > 0) {
        s.points += 3 * heldErrors + 8 * heldTimeouts;
        s.errorsInARow = heldTimeouts > 0 ? 0 : s.errorsInARow + heldErrors;
        if (s.errorsInARow >= 12) {
          this.#open(now, random);
        } else if (s.points >= 24) {
          s.points = 0;
          if (now - s.quickAt >= amid) {
            s.window /= 2;
            s.steep = false;
            s.cut += 1;
            if (s.window < 1) this.#open(now, random);
          }
        }
      }
    }

    let granted = 0;
    if (want > 0 && s.kind === HALF_OPEN) {
      if (s.held > 0 && now - s.grantedAt > lease) s.held = 0;
      granted = most(least(want, Math.floor(s.window - s.held)), 0);
      s.held += granted;
      if (granted > 0) s.grantedAt = now;
      if (granted < want) {
        s.unmetAt = now;
        s.calm = 0;
      }
    } else if (want > 0 && s.kind === OPEN) {
      s.calls += want;
      const hasEnough = s.calls >= least(4, 2 ** s.probes) || now - s.probedAt >= 15_000;
      const isProber = members > 1 && this.#prober === id;
      if (hasEnough && now >= (isProber ? 2 * s.nextAt - s.probedAt : s.nextAt)) {
        granted = 1;
        this.#prober = id;
        s.probes += 1;
        s.probedAt = now;
        s.calls = 0;
        s.nextAt = now + this.#gapMs(now, random);
      }
      if (granted < want) s.unmetAt = now;
    }
    if (s.kind === HALF_OPEN && answers > 0) {
      const isCalm = now - s.unmetAt > most(400, 2 * least(members / 5, 500));
      if (isCalm && s.held < s.window / 2 && (quick > 0 || s.calm >= 20)) {
        s.kind = CLOSED;
        s.closedAt = now;
        this.#newRun();
      }
    }
    this.#members.set(id, { ...member, sequence, seenAt: now, given: granted });
    return this.#answer(granted, now);
  }

  get #count(): number {
    return most(this.#state?.seen ?? 0, this.#state?.seenBefore ?? 0, 1);
  }

  get #beatMs(): number {
    return least(most(10 * this.#count, 2000), 60_000);
  }

  #newRun(): void {
    const s = this.#state!;
    s.points = 0;
    s.failing = 0;
    s.run += 1;
  }

  #gapMs(now: number, random: number): number {
    const longest = least(most(250, 0.02 * (now - this.#state!.since)), 30_000);
    return longest * (0.75 + 0.5 * random);
  }

  #open(now: number, random: number): void {
    const s = this.#state!;
    if (s.kind !== HALF_OPEN && now - s.closedAt >= 5000) {
      s.since = now;
      s.probes = 0;
    }
    s.generation = most(s.generation + 1, Math.floor(now));
    s.cut = 0;
    s.kind = OPEN;
    s.probes += 1;
    s.probedAt = now;
    s.calls = 0;
    s.held = 0;
    s.nextAt = now + this.#gapMs(now, random);
    this.#newRun();
  }

  #answer(granted: number, now: number): (string | number)[] {
    const s = this.#state!;
    const members = this.#count;
    const beat = this.#beatMs;
    const comeBack = least(most(members / 5, 50), 500);
    let again = comeBack;
    if (s.kind === OPEN) again = least(most(s.nextAt - now, comeBack), most(1000, members));
    else if (s.kind === BY_HAND) again = 1000;
    const isOfInterest = s.kind !== CLOSED || s.points > 0;
    const report = isOfInterest ? least(most(beat / 4, 1000), beat) : beat;
    const age = s.kind === CLOSED ? 0 : now - s.since;
    const outage = [`${age}`, s.probes, s.closings];
    return [members, `${s.generation}`, s.cut, s.kind, granted, `${again}`, `${report}`, ...outage];
  }
}
