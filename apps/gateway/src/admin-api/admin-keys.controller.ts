import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import { type KeysState, SigningKeys } from '@datakeep/keys';
import type { AdminCaller } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { AuditLog } from '@datakeep/registry';
import { json } from '../http/dto.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import type { Key, Keys } from '../openapi/documented.ts';
import { Text } from '../http/members.ts';

class RotateKey {
  @Text(100, { description: 'Of the present key, as `GET /keys` has it.' })
  kid!: string;
}

/** The keys that sign tokens. */
@ApiTags('keys')
@Controller('admin/v1/keys')
@ForAdmin()
export class AdminKeysController {
  constructor(
    private readonly keys: SigningKeys,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Read which keys sign and verify tokens',
    description: 'Never the keys themselves: their ids, as in the header of a token (`kid`), and since when.',
  })
  @Answers(200, 'Keys', 'The present key and the one before, which still verifies.')
  getKeys(): Keys {
    return shown(this.keys.state);
  }

  @Post('rotate')
  @ForAdmin({ recent: true })
  @ApiOperation({
    summary: 'Make a new signing key',
    description:
      'It signs from now on. Tokens of the present key go on until they expire or are renewed; what the previous key ' +
      'signed, and its cursors, are void at once. `kid` is that of the present key, so that a request that is sent ' +
      'twice rotates once.',
  })
  @Answers(200, 'Keys', 'The keys as they are now.')
  @Refuses('confirmation-needed', 'key-changed', 'key-configured', 'invalid')
  async rotateKey(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(RotateKey)) { kid }: RotateKey,
  ): Promise<Keys> {
    const { source, current, previous } = this.keys.state;
    if (source === 'configuration') throw new DatakeepError('key-configured');
    if (current.kid !== kid) throw new DatakeepError('key-changed');
    this.keys.rotate();
    await this.audit.record({
      action: 'key.rotated',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'key', id: this.keys.state.current.kid },
      details: { former: kid, ...(previous === null ? {} : { voided: previous.kid }) },
    });
    return shown(this.keys.state);
  }
}

function shown({ source, current, previous }: KeysState): Keys {
  const keyOf = ({ kid, createdAt }: KeysState['current']): Key =>
    source === 'configuration' ? { kid } : { kid, createdAt: new Date(createdAt).toISOString() };
  return { source, current: keyOf(current), previous: previous && keyOf(previous) };
}
