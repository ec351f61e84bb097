import { isIPv6 } from 'node:net';

/**
 * What an address is counted as: an IPv4 address itself; an IPv6 address its /64, since one household or machine
 * commands a whole one; an IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) the IPv4 one.
 */
export function addressSubject(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    // A dotted quad at the end counts as two groups.
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    while (groups.length + after < 8) groups.push('0');
  }
  const after = tail?.split(':') ?? [];
  const network = [0, 1, 2, 3].map((i) => Number.parseInt(groups[i] ?? after[i - groups.length] ?? '0', 16));
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}
