// Several clusters at once starve each other, and a silo that is too slow to answer counts as dead.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
