import { expect, it } from 'vitest';
import { TransitDelay } from './transit-delay.ts';

it('what took longer than the quickest message of the last minutes was waiting', () => {
  const delay = new TransitDelay();
  expect(delay.measure(1000, 50_002)).toBe(0);
  expect(delay.measure(1010, 50_312)).toBe(300);
  expect(delay.measure(2000, 51_000)).toBe(0);
  expect(delay.measure(2010, 51_020)).toBe(10);
});

it('clocks that drift apart are followed within two minutes', () => {
  const delay = new TransitDelay();
  const delays: number[] = [];
  // A tenth of a per cent: 60 ms a minute.
  for (let at = 0; at <= 3_600_000; at += 1000) delays.push(delay.measure(at, at * 1.001));
  expect(Math.max(...delays)).toBeLessThan(125);
});
