import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

export class RotateKey {
  @ApiProperty({ description: 'Of the present key, as `GET /keys` has it.' })
  @IsString()
  @MaxLength(100)
  kid!: string;
}
