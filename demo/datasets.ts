import { readFileSync } from 'node:fs';

import type { Json, NewEvent } from '../test/support/keep-client.ts';

/** The data of the package `vega-datasets`, as it is published. */
const folder = new URL('data/', import.meta.resolve('vega-datasets/package.json'));

export const flightProfile = 'vega-datasets:flights-200k/flight';
export const weatherProfile = 'vega-datasets:seattle-weather/day';

export const flightSchema: Json = {
  title: 'Flight',
  type: 'object',
  additionalProperties: false,
  required: ['delay', 'distance'],
  properties: {
    delay: { type: 'integer', description: 'Minutes late on arrival; negative is early.' },
    distance: { type: 'integer', minimum: 0, description: 'Miles.' },
  },
};

export const weatherSchema: Json = {
  title: 'Day of weather',
  type: 'object',
  additionalProperties: false,
  required: ['precipitation', 'temperatureMax', 'temperatureMin', 'wind', 'weather'],
  properties: {
    precipitation: { type: 'number', minimum: 0, description: 'mm' },
    temperatureMax: { type: 'number', description: '°C' },
    temperatureMin: { type: 'number', description: '°C' },
    wind: { type: 'number', minimum: 0, description: 'm/s' },
    weather: { type: 'string', enum: ['drizzle', 'fog', 'rain', 'snow', 'sun'] },
  },
};

export interface Flight extends NewEvent {
  readonly payload: { readonly delay: number; readonly distance: number };
}

export interface WeatherDay extends NewEvent {
  readonly payload: {
    readonly precipitation: number;
    readonly temperatureMax: number;
    readonly temperatureMin: number;
    readonly wind: number;
    readonly weather: string;
  };
}

/**
 * About 231,000 departures in the United States in the first 90 days of 2001, in order. The data set has the hour of
 * the day only; each step back is a new day.
 */
export function flights(): Flight[] {
  const records = JSON.parse(readFileSync(new URL('flights-200k.json', folder), 'utf8')) as {
    delay: number;
    distance: number;
    time: number;
  }[];
  const firstDay = Date.parse('2001-01-01T00:00:00.000Z');
  let day = 0;
  let hourBefore = 0;
  return records.map(({ delay, distance, time }) => {
    if (time < hourBefore) day += 1;
    hourBefore = time;
    const created = firstDay + day * 86_400_000 + Math.round(time * 60) * 60_000;
    return {
      metadata: { profile: flightProfile, createdDate: new Date(created).toISOString() },
      payload: { delay, distance },
    };
  });
}

/**
 * 1,461 days of weather in Seattle, 2012 to 2015; the date is the identifier too, so that sending it twice stores it
 * once.
 */
export function weatherDays(): WeatherDay[] {
  const [, ...lines] = readFileSync(new URL('seattle-weather.csv', folder), 'utf8').trim().split(/\r?\n/);
  return lines.map((line) => {
    const [date = '', precipitation, temperatureMax, temperatureMin, wind, weather = ''] = line.split(',');
    return {
      metadata: { profile: weatherProfile, createdDate: `${date}T12:00:00.000Z`, identifier: date },
      payload: {
        precipitation: Number(precipitation),
        temperatureMax: Number(temperatureMax),
        temperatureMin: Number(temperatureMin),
        wind: Number(wind),
        weather,
      },
    };
  });
}
