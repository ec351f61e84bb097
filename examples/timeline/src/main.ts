import type { Datakeep } from '@datakeep/client';
import { connectScreen } from './connect.ts';
import { Day } from './day.ts';
import { connectedKeep, disconnect, isTokenOver } from './keep.ts';
import { TimelinePage } from './page.ts';

let page: TimelinePage | undefined;

function show(keep: Datakeep): void {
  page = new TimelinePage(keep, Day.of(location.hash.slice(1)) ?? Day.holding(Date.now()), {
    onForgotten: () => leave(),
    onTrouble: (error) => {
      if (isTokenOver(error)) void leaveWithoutToken(keep);
      return isTokenOver(error);
    },
  });
  document.body.replaceChildren(page.element);
}

async function leaveWithoutToken(keep: Datakeep): Promise<void> {
  await disconnect(keep);
  leave('Your keep no longer knows this page. Connect it anew.');
}

function leave(why?: string): void {
  page?.close();
  page = undefined;
  document.body.replaceChildren(connectScreen(show, why));
}

const keep = connectedKeep();
if (keep === undefined) leave();
else show(keep);

if (import.meta.env.MODE === 'production') void navigator.serviceWorker?.register('/offline.js');

addEventListener('hashchange', () => {
  const day = Day.of(location.hash.slice(1));
  if (day !== undefined) page?.setDay(day);
});
