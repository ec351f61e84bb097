import { describe, expect, it } from 'vitest';
import { createLogger, type LogFields } from './logger.ts';

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
    expect(line).toMatchObject({ level: 'error', reason: 'broken' });
    expect(JSON.stringify(line)).not.toContain('secret');
  });
});
