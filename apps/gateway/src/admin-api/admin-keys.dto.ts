import { Text } from '../http/members.ts';

export class RotateKey {
  @Text(100, { description: 'Of the present key, as `GET /keys` has it.' })
  kid!: string;
}
