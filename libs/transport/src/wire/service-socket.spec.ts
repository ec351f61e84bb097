import { expect, it } from 'vitest';
import { TransitDelay } from './service-socket.ts';

it('what took longer than the quickest message was waiting', () => {
  const delay = new TransitDelay();
  expect(delay.measure(1000, 50_002)).toBe(0);
  expect(delay.measure(1010, 50_312)).toBeCloseTo(300, 0);
  expect(delay.measure(2000, 51_000)).toBe(0);
  expect(delay.measure(2010, 51_020)).toBeCloseTo(10, 0);
});

it('clocks that drift apart by less than a thousandth never make a message late', () => {
  const delay = new TransitDelay();
  const delays: number[] = [];
  for (let at = 0; at <= 3_600_000; at += 1000) delays.push(delay.measure(at, at * 1.0009));
  expect(Math.max(...delays)).toBeLessThan(1);
});
