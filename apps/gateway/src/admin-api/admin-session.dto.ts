import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, MaxLength } from 'class-validator';

export class SignIn {
  @ApiProperty({ example: 'admin' })
  @IsString()
  @MaxLength(200)
  name!: string;

  @ApiProperty({ format: 'password', example: 'correct horse battery staple' })
  @IsString()
  @MaxLength(256)
  password!: string;
}

export class SetUp {
  @ApiProperty({ description: 'From the link that the first start printed.' })
  @IsString()
  @MaxLength(200)
  setupToken!: string;

  @ApiProperty({ example: 'admin' })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty({ format: 'password', minLength: 15, maxLength: 256, example: 'correct horse battery staple' })
  @IsString()
  @Length(15, 256)
  password!: string;
}

export class ChangePassword {
  @ApiProperty({ format: 'password', description: 'The present one.' })
  @IsString()
  @MaxLength(512)
  current!: string;

  @ApiProperty({ format: 'password', minLength: 15, maxLength: 256 })
  @IsString()
  @Length(15, 256)
  new!: string;
}
