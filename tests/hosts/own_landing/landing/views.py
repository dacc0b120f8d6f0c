"""The pages of the project."""

from django.shortcuts import render


def home(request):
    return render(request, "landing/home.html", {"live": "a variable of the project"})


def docs(request):
    return render(request, "landing/docs.html")
