import { describe, expect, it } from '@jest/globals';
import type { EventSplitter, StreamEvent } from '../../../src/classify/streams/event-splitter.ts';
import { JsonArray } from '../../../src/classify/streams/json-array.ts';
import { JsonLines } from '../../../src/classify/streams/json-lines.ts';
import { ServerSentEvents } from '../../../src/classify/streams/server-sent-events.ts';
import { splitterFor } from '../../../src/classify/streams/stream-form.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The events of a stream that comes in chunks of so many bytes. */
function split(splitter: EventSplitter, text: string, chunkBytes = Infinity): StreamEvent[] {
  const bytes = bytesOf(text);
  const events: StreamEvent[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.slice(at, Math.min(at + chunkBytes, bytes.length));
    events.push(...splitter.push(chunk));
    // Whoever reads it next may do with it what they like.
    chunk.fill(0x21);
  }
  return [...events, ...splitter.end()];
}

const event = (data: string, name?: string): StreamEvent => ({ name, data });

describe('server-sent events', () => {
  const cases: Record<string, readonly [text: string, events: readonly StreamEvent[]]> = {
    'an event with a name': ['event: error\ndata: {"a":1}\n\n', [event('{"a":1}', 'error')]],
    'lines that end in CRLF': [
      'event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n',
      [event('1', 'a'), event('2')],
    ],
    'lines that end in CR': ['data: 1\r\rdata: 2\r\r', [event('1'), event('2')]],
    'a byte order mark': ['\uFEFFdata: 1\n\n', [event('1')]],
    'a byte order mark in the middle, which is text': [
      'data: 1\n\n\uFEFFdata: 2\n\n',
      [event('1')],
    ],
    'comments, which are no events': [': ping\n\n:\n\ndata: 1\n: within\n\n', [event('1')]],
    'data over several lines': ['data: {\ndata: "a": 1\ndata:}\n\n', [event('{\n"a": 1\n}')]],
    'one space after the colon taken off': ['data:  1\n\ndata:2\n\n', [event(' 1'), event('2')]],
    'other fields, which say nothing here': ['id: 7\nretry: 10\nfoo\ndata: 1\n\n', [event('1')]],
    'a name without data, which is no event': ['event: ping\n\ndata: 1\n\n', [event('1')]],
    'a field without a colon': ['data\n\n', [event('')]],
    'characters of several bytes': ['event: é\ndata: 日本語 🎉\n\n', [event('日本語 🎉', 'é')]],
    'an event that the end cuts short': ['data: 1\n\ndata: 2', [event('1'), event('2')]],
    nothing: ['', []],
  };
  for (const [what, [text, events]] of Object.entries(cases)) {
    it(`finds the same in chunks of any size: ${what}`, () => {
      for (const chunkBytes of [Infinity, 1, 2, 3, 7]) {
        expect(split(new ServerSentEvents(), text, chunkBytes)).toEqual(events);
      }
    });
  }

  it('gives an event as soon as its empty line is there, a CR too', () => {
    const splitter = new ServerSentEvents();
    expect(splitter.push(bytesOf('data: 1\r\n\r'))).toEqual([event('1')]);
    expect(splitter.push(bytesOf('\ndata: 2\r\n\r\n'))).toEqual([event('2')]);
  });

  it('passes over an event that is longer than it may keep, and goes on with the next', () => {
    const long = `data: ${'x'.repeat(50)}\n\n`;
    const many = 'data: xxxxxxxx\n'.repeat(10);
    for (const chunkBytes of [Infinity, 1, 5]) {
      const text = `${long}data: 1\n\n${many}\ndata: 2\n\n`;
      expect(split(new ServerSentEvents(40), text, chunkBytes)).toEqual([event('1'), event('2')]);
    }
  });
});

describe('JSON lines', () => {
  it('finds the same in chunks of any size', () => {
    const text = '\uFEFF{"a":"日本"}\r\n\n{"b":2}\n{"c":3}';
    const events = [event('{"a":"日本"}'), event('{"b":2}'), event('{"c":3}')];
    for (const chunkBytes of [Infinity, 1, 2, 3]) {
      expect(split(new JsonLines(), text, chunkBytes)).toEqual(events);
    }
  });

  it('passes over a line that is longer than it may keep', () => {
    const text = `{"a":"${'x'.repeat(50)}"}\n{"b":2}\n`;
    expect(split(new JsonLines(40), text, 3)).toEqual([event('{"b":2}')]);
  });
});

describe('the elements of a JSON array', () => {
  it('finds the same in chunks of any size', () => {
    const text = '[{"a":[1,{"b":"],}"}],"c":"\\"]"},\r\n{"日":"本"}\n,\n3]\n';
    const events = [event('{"a":[1,{"b":"],}"}],"c":"\\"]"}'), event('{"日":"本"}'), event('3')];
    for (const chunkBytes of [Infinity, 1, 2, 3, 10]) {
      expect(split(new JsonArray(), text, chunkBytes)).toEqual(events);
    }
  });

  it('gives an element as soon as it is closed', () => {
    const splitter = new JsonArray();
    expect(splitter.push(bytesOf('[{"error": {"code": 503}}'))).toEqual([
      event('{"error": {"code": 503}}'),
    ]);
  });

  it('passes over an element that is longer than it may keep', () => {
    const text = `[{"a":"${'x'.repeat(50)}"},{"b":2}]`;
    expect(split(new JsonArray(40), text, 3)).toEqual([event('{"b":2}')]);
  });
});

describe('the splitter for a content type', () => {
  it('knows streams of events by their media type, whatever its parameters', () => {
    expect(splitterFor('text/event-stream; charset=utf-8')).toBeInstanceOf(ServerSentEvents);
    expect(splitterFor('Text/Event-Stream')).toBeInstanceOf(ServerSentEvents);
    for (const type of ['application/x-ndjson', 'application/jsonl', 'application/stream+json']) {
      expect(splitterFor(type)).toBeInstanceOf(JsonLines);
    }
  });

  it('knows none for anything else', () => {
    for (const type of ['application/json', 'text/plain', '', undefined, null]) {
      expect(splitterFor(type)).toBeUndefined();
    }
  });
});
