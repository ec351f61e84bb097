import { useEffect } from 'react';

let page = 'Datakeep';
let waiting = 0;

function show(): void {
  document.title = waiting > 0 ? `(${waiting}) ${page}` : page;
}

/** Before the page's title: how many requests wait. */
export function setTitleBadge(count: number): void {
  waiting = count;
  show();
}

export function usePageTitle(title: string): void {
  useEffect(() => {
    page = `${title} · Datakeep`;
    show();
  }, [title]);
}
