import { describe, expect, it } from 'vitest';
import { showsColours } from '../config/terminal.ts';
import { DatakeepError } from '../errors/datakeep-error.ts';
import { createLogger, type LogFields } from './logger.ts';
import { readableLine } from './readable.ts';

describe('the log', () => {
  const logged = (act: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] => {
    const lines: string[] = [];
    act(createLogger('debug', { write: (line: string) => void lines.push(line) }));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('is one JSON object a line, with time, level and message', () => {
    expect(logged((log) => log.info('ready', { address: 'here' }))).toEqual([
      { level: 'info', time: expect.stringMatching(/Z$/), address: 'here', msg: 'ready' },
    ]);
  });

  it('drops fields that are not listed, whoever passes them', () => {
    const sneaked = { requestId: 'r', authorization: 'Bearer secret', body: { password: 'secret' } } as LogFields;
    const [line] = logged((log) => log.warn('refused', sneaked));
    expect(line).toMatchObject({ requestId: 'r' });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('tells an error by message and stack, and nothing else that it carries', () => {
    const error = Object.assign(new Error('broken'), { token: 'secret' });
    const [line] = logged((log) => log.error('failed', {}, error));
    expect(line).toMatchObject({ level: 'error', reason: 'broken', stack: error.stack });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('has the cause of an outage, and no stack: nothing is broken here', () => {
    const away = new DatakeepError('storage-unreachable', undefined, { cause: new Error('connect ECONNREFUSED :1') });
    const reason = 'The storage is out of reach: connect ECONNREFUSED :1';
    const [line, other] = logged((log) => {
      log.error('a step failed', {}, away);
      log.error('a step failed', {}, new DatakeepError('internal'));
    });
    expect(line).toEqual({
      level: 'error',
      time: expect.any(String),
      code: 'storage-unreachable',
      reason,
      msg: 'a step failed',
    });
    expect(other).toHaveProperty('stack');
  });
});

describe('a line of the log on a terminal', () => {
  const line =
    '{"level":"warn","time":"2026-03-01T12:00:00.000Z","requestId":"r1","status":503,"msg":"refused",' +
    '"stack":"Error: broken\\n    at here"}';

  it('is read by a person: time, level, message, fields, and the stack below', () => {
    expect(readableLine(line, false)).toBe('12:00:00 WARN refused requestId=r1 status=503\nError: broken\n    at here');
    expect(readableLine(line.replace('warn', 'info'), false)).toMatch(/^12:00:00 refused requestId/);
  });

  it('has colours where they are wished for', () => {
    expect(readableLine(line, true)).toContain('\u001B[33mWARN\u001B[0m refused');
    expect(showsColours({ isTTY: true }, {})).toBe(true);
    expect(showsColours({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(showsColours({}, {})).toBe(false);
  });

  it('shows what would command the terminal as text', () => {
    const hostile = JSON.stringify({
      level: 'warn',
      time: '',
      msg: 'a\u001B[2Jb',
      reason: 'x\ny\u202Ez',
      stack: 's\rt\nu',
    });
    expect(readableLine(hostile, false)).toBe('WARN a\\u{1b}[2Jb reason=x\\u{a}y\\u{202e}z\ns\\u{d}t\nu');
  });

  it('is left as it is where it is none of the log', () => {
    for (const text of ['Datakeep serves at http://127.0.0.1:8020', '{"level":"info","ti', '{"a":1}', ''])
      expect(readableLine(text, true)).toBe(text);
  });
});
