import { Controller, Get, Post } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { ForAdmin, Public } from './policy.ts';
import { startGuardedApp } from '../testing/guarded-app.ts';

@Controller('planted')
class PlantedController {
  @Get()
  @Public()
  decorated(): string {
    return 'fine';
  }

  @Post()
  forgotten(): string {
    return 'open to all';
  }
}

@Controller('base')
@ForAdmin()
class BaseController {
  @Get()
  inherited(): string {
    return 'for the admin';
  }
}

@Controller('derived')
class DerivedController extends BaseController {
  @Get()
  override inherited(): string {
    return 'written anew, without a policy';
  }
}

describe('an access policy', () => {
  it('is on every handler, or the application does not start and says which has none', async () => {
    await expect(startGuardedApp({ controllers: [PlantedController] })).rejects.toThrow(
      /No access policy on PlantedController\.forgotten:/,
    );
    await expect(startGuardedApp({ controllers: [BaseController, DerivedController] })).rejects.toThrow(
      /on DerivedController\.inherited:/,
    );
  });

  it('is refused when a handler has two', () => {
    expect(() => {
      class TwoPolicies {
        @Public()
        @ForAdmin()
        confused(): string {
          return 'for whom?';
        }
      }
      return TwoPolicies;
    }).toThrow('TwoPolicies.confused has two access policies.');
  });

  it('stands in the API document as it is in force', async () => {
    const { app, close } = await startGuardedApp();
    const document = SwaggerModule.createDocument(
      app,
      new DocumentBuilder().addBearerAuth({ type: 'http' }, 'app').build(),
    );
    await close();
    const told = Object.fromEntries(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods as Record<string, { security?: unknown }>).map(([method, { security }]) => [
          `${method} ${path}`,
          security,
        ]),
      ),
    );
    expect(told).toEqual({
      'get /public': undefined,
      'get /health': undefined,
      'post /sign-in': undefined,
      'get /app': [{ app: [] }],
      'post /events': [{ app: [] }, { run: [] }],
      'get /admin/apps': [{ admin: [] }],
      'post /admin/code': [{ admin: [] }],
      'delete /admin/apps': [{ app: [] }],
    });
  });
});
