from portal.measures.response_rates import Fieldwork

WAVE = Fieldwork(complete=84, partial=12, refusal=24, non_contact=118, other=2, unknown=20, eligible=400, selected=260)


def test_the_worked_example_comes_out_to_the_digits_printed():
    rates = (WAVE.rr1, WAVE.rr2, WAVE.rr5, WAVE.rr6, WAVE.coverage, WAVE.yielded)
    assert [round(rate.value, 4) for rate in rates] == [0.3231, 0.3692, 0.3500, 0.4000, 0.6500, 0.2100]


def test_each_rate_travels_with_its_denominator():
    assert (WAVE.rr1.n, WAVE.rr5.n, WAVE.coverage.n) == (260, 240, 400)


def test_before_anyone_was_asked_the_rates_are_undefined():
    nobody = Fieldwork(0, 0, 0, 0, 0, 0, 0, 0)
    assert nobody.rr1.value is None and nobody.coverage.value is None
