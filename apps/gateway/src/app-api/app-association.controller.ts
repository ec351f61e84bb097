import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, ForApps, Public } from '@datakeep/auth';
import { type AppCaller, type ViewManager, VIEW_MANAGER } from '@datakeep/contracts';
import { Apps, Permissions } from '@datakeep/registry';
import { json } from '../http/dto.ts';
import { UsedLimits } from '../http/used-limits.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import type { Documented, IssuedToken, Me } from '../openapi/documented.ts';
import { Associate } from './app-association.dto.ts';

@ApiTags('association')
@Controller('app/v1')
export class AppAssociationController {
  constructor(
    private readonly apps: Apps,
    private readonly permissions: Permissions,
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    private readonly usedLimits: UsedLimits,
  ) {}

  @Post('association')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Bind this app to its app holder',
    description: "Uses up the association token. The app's token is shown once, here.",
  })
  @Answers(201, 'Association', 'Associated.')
  @Refuses('association-token-unknown', 'association-token-spent', 'invalid')
  associate(@Body(json(Associate)) body: Associate): Promise<Documented['Association']> {
    return this.apps.associations.associate(body);
  }

  @Post('token/renew')
  @ForApps()
  @ApiOperation({ summary: 'Renew the token', description: 'The old one works for 24 h more, or until it expires.' })
  @Answers(200, 'Token', 'The new token.')
  renewToken(@CurrentCaller('app') caller: AppCaller): Promise<IssuedToken> {
    return this.apps.tokens.renew(caller);
  }

  @Get('me')
  @ForApps()
  @ApiOperation({
    summary: 'Who am I, and what may I do?',
    description:
      'The app itself, its permissions and view instances, when its token expires, and what it has of what it ' +
      'may have.',
  })
  @Answers(200, 'Me', 'The app, its permissions, its view instances (the newest 1,000 of each), and its limits.')
  async getMe(@CurrentCaller('app') caller: AppCaller): Promise<Me> {
    const [permissions, limits, instances] = await Promise.all([
      this.permissions.ofApp(caller.appId),
      this.usedLimits.of(caller.appId),
      this.views.listInstances({ appId: caller.appId }, { limit: 1000 }),
    ]);
    return {
      appId: caller.appId,
      name: caller.appName,
      tokenExpiresAt: caller.tokenExpiresAt,
      permissions,
      viewInstances: instances.items,
      limits,
    };
  }
}
