import { began, eventsOf, type LaneKind } from '../lane-kind.ts';

const [listened, read] = ['library/listening', 'library/reading'];

interface Listened {
  readonly title: string;
  readonly artist?: string;
  readonly played?: number;
  readonly length?: number;
}
interface Read {
  readonly title: string;
  readonly spent?: number;
}

export const listening: LaneKind = {
  id: 'listening',
  title: 'Listening & reading',
  profiles: { [listened]: 'listening', [read]: 'reading' },
  message: 'To show what you listened to and read',
  async load(asked) {
    const [heard, texts] = await Promise.all([eventsOf<Listened>(asked, listened), eventsOf<Read>(asked, read)]);
    return {
      spans: [
        ...heard.map((event) => {
          const { title, artist, played, length = 180 } = event.payload;
          const label = artist === undefined ? title : `${title}, ${artist}`;
          return { from: began(event), to: began(event) + (played ?? length) * 1000, label, event };
        }),
        ...texts.map((event) => {
          const { title, spent = 600 } = event.payload;
          return { from: began(event), to: began(event) + spent * 1000, label: title, event };
        }),
      ],
    };
  },
};
