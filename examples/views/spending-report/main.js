module.exports = async ({ configuration, clientCustomData }, keep) => {
  const { currency, timeZone } = configuration;
  const { from, to } = clientCustomData;
  const { groups } = await keep.events.aggregate({
    profile: 'bank.example/transaction',
    filter: { 'payload.currency': currency, 'payload.cents': { lt: 0 }, 'metadata.createdDate': { gte: from, lt: to } },
    groupBy: [{ field: 'metadata.createdDate', interval: 'month', timeZone }, { field: 'payload.category' }],
    measures: { cents: { op: 'sum', field: 'payload.cents' }, payments: { op: 'count' } },
  });
  const months = new Map();
  for (const { key, cents, payments } of groups) {
    const month = key[0].slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), { category: key[1], cents: -cents, payments }]);
  }
  return {
    currency,
    months: [...months].map(([month, categories]) => {
      const total = categories.reduce((sum, { cents }) => sum + cents, 0);
      categories.sort((a, b) => b.cents - a.cents || (a.category < b.category ? -1 : 1));
      // Rounded half up, in whole numbers.
      return {
        month,
        cents: total,
        categories: categories.map((one) => ({ ...one, percent: Math.floor((200 * one.cents + total) / (2 * total)) })),
      };
    }),
  };
};
