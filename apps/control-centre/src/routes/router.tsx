import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  redirect,
  stringifySearchWith,
  useNavigate,
  useParams,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { loadCode } from '../api/load-code.ts';
import { session } from '../api/session.ts';
import { jsonFault } from '../components/code/json-places.ts';
import { SignInPage } from '../features/sign-in/components/SignInPage.tsx';
import { AdminFrame } from './AdminFrame.tsx';
import { NotHere, PageFailed, PagePending } from './states.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotHere });

/** A path of this page that `next` may name: never another site's. */
function ownPath(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/';
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' ? { next: search['next'] } : {},
  component: () => {
    const navigate = useNavigate();
    const { next } = signIn.useSearch();
    return <SignInPage onDone={() => void navigate({ href: ownPath(next), replace: true })} />;
  },
});

/** Read once, before the router looks at the address: the token is taken out of the address bar and the history. */
const setupToken = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
if (setupToken !== undefined) history.replaceState(history.state, '', location.pathname);

const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(async () => {
    const { SetUpPage } = await loadCode(() => import('../features/sign-in/components/SetUpPage.tsx'));
    return {
      default: () => {
        const navigate = useNavigate();
        return <SetUpPage setupToken={setupToken} onDone={() => void navigate({ to: '/', replace: true })} />;
      },
    };
  }),
});

const admin = createRoute({
  getParentRoute: () => root,
  id: 'admin',
  beforeLoad: ({ location: { href } }) => {
    if (session.state === 'signed-out')
      throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href }, replace: true });
  },
  component: AdminFrame,
});

/**
 * A page of the admin: the component of that name, loaded when the page is first opened, with the path's parameters as
 * properties. `load` is typed as unknown: a component's type depends on the router's, for its links.
 */
function page<Path extends string>(path: Path, load: () => Promise<unknown>, name: string) {
  const component = lazyRouteComponent(async () => {
    const Component = ((await loadCode(load)) as Record<string, ComponentType<Record<string, string>>>)[name]!;
    return {
      default: () => {
        const parameters: Record<string, string> = useParams({ strict: false });
        // A page of another thing is another page: nothing typed or chosen on the former stays.
        return <Component key={Object.values(parameters).join('/')} {...parameters} />;
      },
    };
  });
  return createRoute({ getParentRoute: () => admin, path, component });
}

const pages = [
  page('/', () => import('../features/overview/components/OverviewPage.tsx'), 'OverviewPage'),
  page('/requests', () => import('../features/requests/components/RequestsPage.tsx'), 'RequestsPage'),
  page('/requests/$permissionId', () => import('../features/requests/components/RequestPage.tsx'), 'RequestPage'),
  page('/apps', () => import('../features/apps/components/AppsPage.tsx'), 'AppsPage'),
  page('/apps/$appId', () => import('../features/apps/components/AppPage.tsx'), 'AppPage'),
  page('/data', () => import('../features/data/components/DataPage.tsx'), 'DataPage'),
  // Deeper than a profile's page: `import` is a legal name of a profile.
  page('/data/import/events', () => import('../features/data/components/ImportPage.tsx'), 'ImportPage'),
  page('/data/$profileName', () => import('../features/data/components/ProfilePage.tsx'), 'ProfilePage'),
  page('/import', () => import('../features/import/components/ImportPage.tsx'), 'ImportPage'),
  page('/views', () => import('../features/views/components/ViewsPage.tsx'), 'ViewsPage'),
  page('/views/new', () => import('../features/views/components/NewTemplatePage.tsx'), 'NewTemplatePage'),
  page('/views/compare', () => import('../features/views/components/ComparePage.tsx'), 'ComparePage'),
  page('/views/$templateId', () => import('../features/views/components/TemplatePage.tsx'), 'TemplatePage'),
  page(
    '/views/$templateId/correct',
    () => import('../features/views/components/CorrectTemplatePage.tsx'),
    'CorrectTemplatePage',
  ),
  page('/views/instances/$instanceId', () => import('../features/views/components/InstancePage.tsx'), 'InstancePage'),
  page('/runs', () => import('../features/runs/components/RunsPage.tsx'), 'RunsPage'),
  page('/runs/$runId', () => import('../features/runs/components/RunPage.tsx'), 'RunPage'),
  page('/indexes', () => import('../features/indexes/components/IndexesPage.tsx'), 'IndexesPage'),
  page('/audit', () => import('../features/audit/components/AuditPage.tsx'), 'AuditPage'),
  page('/system', () => import('../features/system/components/SystemPage.tsx'), 'SystemPage'),
  page('/account', () => import('../features/sign-in/components/AccountPage.tsx'), 'AccountPage'),
] as const;

/**
 * A value of an address. One that is no JSON, or that a program would change (an id of digits alone, 2^53+1), throws:
 * it stays the text that it is.
 */
function exactJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'number' ? String(value) !== text : jsonFault(text) !== undefined)
    throw new RangeError('A program would change a number of it.');
  return value;
}

const tree = root.addChildren([signIn, setUp, admin.addChildren(pages)]);

export const router = createRouter({
  routeTree: tree,
  parseSearch: parseSearchWith(exactJson),
  stringifySearch: stringifySearchWith(JSON.stringify, exactJson),
  defaultPreload: 'intent',
  // On a slow line a click is seen to be heard.
  defaultPendingMs: 300,
  defaultPendingMinMs: 200,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
