import { began, eventsOf, type LaneKind, type Span } from '../lane-kind.ts';

const use = 'library/app-use';
const minute = 60_000;
const limit = 5000;

interface Use {
  readonly application?: string;
  readonly spent: number;
  readonly state?: string;
}

export const screen: LaneKind = {
  id: 'screen',
  title: 'Screen',
  profiles: { [use]: 'use of devices' },
  message: 'To show which programs you used when',
  async load(asked) {
    const spans: Span[] = [];
    const events = await eventsOf<Use>(asked, use, { limit });
    for (const event of events) {
      const { application, spent } = event.payload;
      if (application === undefined) continue;
      const [from, to] = [began(event), began(event) + spent * 1000];
      const last = spans.at(-1);
      // What is taken up again within a minute goes on.
      if (last?.label === application && from - last.to < minute) spans[spans.length - 1] = { ...last, to };
      else spans.push({ from, to, label: application, event });
    }
    const remark = events.length === limit ? `The first ${limit.toLocaleString()} of this day are shown.` : undefined;
    return { spans: spans.filter(({ from, to }) => to - from >= minute), ...(remark ? { remark } : {}) };
  },
};
