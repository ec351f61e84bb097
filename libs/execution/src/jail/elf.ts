import { open } from 'node:fs/promises';

const headerBytes = 4096;
const interpreterType = 3;

/**
 * The loader that an ELF program names (its PT_INTERP), e.g. `/lib64/ld-linux-x86-64.so.2`; undefined for a static one.
 * Throws unless the file is a 64-bit little-endian ELF program.
 */
export async function elfInterpreter(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(headerBytes);
    const { bytesRead } = await file.read(head, 0, headerBytes, 0);
    // e_ident: magic, class 2 (64 bits), data 1 (little endian).
    if (bytesRead < 64 || head.readUInt32BE(0) !== 0x7f45_4c46 || head[4] !== 2 || head[5] !== 1)
      throw new Error(`${path} is no program of this machine`);
    const start = Number(head.readBigUInt64LE(32));
    const size = head.readUInt16LE(54);
    const count = head.readUInt16LE(56);
    for (let n = 0; n < count; n++) {
      const at = start + n * size;
      if (at + 56 > bytesRead) break;
      if (head.readUInt32LE(at) !== interpreterType) continue;
      const name = Buffer.alloc(Math.min(headerBytes, Number(head.readBigUInt64LE(at + 32))));
      await file.read(name, 0, name.length, Number(head.readBigUInt64LE(at + 8)));
      return name.toString('utf8').replace(/\0.*$/s, '');
    }
    return undefined;
  } finally {
    await file.close();
  }
}
