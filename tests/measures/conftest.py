from hypothesis import settings

# The same examples on every machine and every run, few enough to run all the time.
settings.register_profile("measures", derandomize=True, max_examples=60, deadline=None)
settings.load_profile("measures")
