import { ApiPropertyOptional, ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { Optional } from '../http/optional.ts';

export class CreateApp {
  @ApiProperty({ example: 'Walks', description: "The holder's name, for the admin." })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiPropertyOptional({ example: 'Counts steps on my phone.' })
  @Optional()
  @IsString()
  @MaxLength(2000)
  description?: string;
}

export class PatchApp {
  @ApiPropertyOptional({ example: 'Walks on the new phone' })
  @Optional()
  @IsString()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    description: 'null takes it away.',
    example: 'Counts steps on my new phone.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string | null;
}

export class CreateAssociationToken {
  @ApiPropertyOptional({ type: 'integer', minimum: 60, maximum: 604_800, default: 86_400 })
  @Optional()
  @IsInt()
  @Min(60)
  @Max(604_800)
  expiresInSeconds?: number;
}

export class DeleteAppParameters {
  @ApiPropertyOptional({
    enum: ['keep', 'delete'],
    default: 'keep',
    description: "`delete` removes the app's events as well.",
  })
  @Optional()
  @IsIn(['keep', 'delete'])
  events?: 'keep' | 'delete';
}
