/** Name of the channel between a fixture of several services and the one on a thread. */
export const fixtureOrders = "sluice-fixture-orders";
