"""The kit itself: two towns, two databases, people, budgets."""


def test_the_towns_are_there(app, town, neighbour, region, world):
    assert (town.slug, neighbour.slug, region.slug) == ("kokkola", "kronoby", "keski-pohjanmaa")
    assert town.region_id == neighbour.region_id == region.id
    assert ("kokkola", "topic") in world.things


def test_a_page(client):
    assert client.get("/forums/").status_code == 200
